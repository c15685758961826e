//! Which cluster it is: version, `pg_control`, sizes.

use super::finding::Finding;
use super::{ClusterOptions, codes, whole_file};
use crate::evidence::{Evidence, EvidenceError};
use crate::format::control::{self, ControlFile};
use crate::format::page::PageHeader;
use crate::format::version::UnknownVersion;
use crate::format::{Bytes, Format, FormatError, PgVersion};

/// Version and sizes of a cluster, and its `pg_control` where that can be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Version and sizes.
    pub format: Format,
    /// `global/pg_control`.
    pub control: Option<ControlFile>,
}

/// It is no cluster that this build reads.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// `PG_VERSION` names a version that this build does not know.
    #[error("{0}; --pg-version reads it as another one, where its bytes are those of that version")]
    Version(#[from] UnknownVersion),
    /// Neither `PG_VERSION` nor `pg_control` tells the version.
    #[error(
        "cannot tell the version: PG_VERSION: {version}; global/pg_control: {control}; \
         --pg-version names it"
    )]
    NoVersion {
        /// What is wrong with `PG_VERSION`.
        version: String,
        /// What is wrong with `pg_control`.
        control: String,
    },
    /// The cluster is of a kind of machine that is not read.
    #[error("{0}")]
    Unsupported(String),
    /// A block size was asked for that can't be.
    #[error("a block size of {0} can't be: expected a power of two from 1024 to 32768")]
    BlockSize(u32),
}

/// `PG_CONTROL_FILE_SIZE` is 8192; nothing longer makes sense.
const MAX_CONTROL_BYTES: u64 = 64 << 10;
const MAX_VERSION_BYTES: u64 = 64;

impl Identity {
    /// Reads `PG_VERSION` and `global/pg_control`.
    pub fn read(
        evidence: &dyn Evidence,
        options: &ClusterOptions,
        findings: &mut Vec<Finding>,
    ) -> Result<Self, IdentityError> {
        let control = whole_file(evidence, CONTROL, MAX_CONTROL_BYTES);
        let version = version(evidence, options, control.as_deref().ok())?;
        let control = parse_control(control, version, findings)?;
        let sizes = match &control {
            Some(control) => match control.format() {
                Err(FormatError::Unsupported(why)) => return Err(IdentityError::Unsupported(why)),
                sizes => sizes.map_err(|error| {
                    let sound = "sizes that a server can be built with";
                    findings.push(Finding::in_file(
                        &codes::CONTROL_UNREADABLE,
                        CONTROL,
                        sound,
                        error,
                    ));
                }),
            },
            None => Err(()),
        };
        let format = match (sizes, options.checked_block_size()?) {
            (Ok(format), None) => format,
            (Ok(format), Some(block_size)) => Format { block_size, ..format },
            (Err(()), None) => guessed_sizes(evidence, version),
            (Err(()), Some(block_size)) => Format::usual(version).with_block_size(block_size),
        };
        Ok(Self { format, control })
    }

    /// What the cluster calls its directory in a tablespace (`TABLESPACE_VERSION_DIRECTORY`,
    /// common/relpath.h); `None` where `pg_control` does not tell.
    #[must_use]
    pub fn tablespace_directory(&self) -> Option<String> {
        let control = self.control.as_ref()?;
        Some(format!("PG_{}_{}", self.format.version, control.catalog_version_no))
    }

    /// Whether a directory of that name in a tablespace is this cluster's: clusters of several
    /// versions may share one.
    #[must_use]
    pub fn owns_tablespace_directory(&self, name: &str) -> bool {
        match self.tablespace_directory() {
            Some(own) => own == name,
            None => name.starts_with(&format!("PG_{}_", self.format.version)),
        }
    }
}

impl ClusterOptions {
    /// The block size that is asked for, if it can be one.
    pub fn checked_block_size(&self) -> Result<Option<u32>, IdentityError> {
        let possible = |size: u32| size.is_power_of_two() && (1 << 10..=32 << 10).contains(&size);
        match self.block_size {
            Some(size) if !possible(size) => Err(IdentityError::BlockSize(size)),
            size => Ok(size),
        }
    }
}

/// Reads a `pg_control` that is all there is.
pub fn single_control_file(
    evidence: &dyn Evidence,
    options: &ClusterOptions,
) -> Result<(ControlFile, Vec<Finding>), IdentityError> {
    let unreadable = |error: &dyn std::fmt::Display| {
        IdentityError::Unsupported(format!("{}: {error}", evidence.name()))
    };
    let entries = evidence.list("").map_err(|error| unreadable(&error))?;
    let name = entries.into_iter().next().map(|entry| entry.name).unwrap_or_default();
    let bytes =
        whole_file(evidence, &name, MAX_CONTROL_BYTES).map_err(|error| unreadable(&error))?;
    let version = match options.version {
        Some(version) => version,
        None => control::version_of(&bytes).map_err(|error| unreadable(&error))?,
    };
    let control = ControlFile::parse(&bytes, version).map_err(|error| unreadable(&error))?;
    let mut findings = Vec::new();
    findings.extend(wrong_crc(&control, &name));
    Ok((control, findings))
}

const CONTROL: &str = "global/pg_control";

fn version(
    evidence: &dyn Evidence,
    options: &ClusterOptions,
    control: Option<&[u8]>,
) -> Result<PgVersion, IdentityError> {
    if let Some(version) = options.version {
        return Ok(version);
    }
    let text = whole_file(evidence, "PG_VERSION", MAX_VERSION_BYTES);
    let missing = match text {
        Ok(text) => return Ok(String::from_utf8_lossy(&text).parse()?),
        Err(error) => error,
    };
    let told = match control {
        Some(control) => control::version_of(control).map_err(|error| error.to_string()),
        None => Err("it can't be read, either".to_owned()),
    };
    told.map_err(|control| IdentityError::NoVersion { version: missing.to_string(), control })
}

fn parse_control(
    bytes: Result<Vec<u8>, EvidenceError>,
    version: PgVersion,
    findings: &mut Vec<Finding>,
) -> Result<Option<ControlFile>, IdentityError> {
    let parsed = match bytes {
        Ok(bytes) => ControlFile::parse(&bytes, version),
        Err(error) => {
            let whole = "a file of 8192 bytes";
            findings.push(Finding::in_file(&codes::CONTROL_UNREADABLE, CONTROL, whole, error));
            return Ok(None);
        }
    };
    match parsed {
        Err(FormatError::Unsupported(why)) => Err(IdentityError::Unsupported(why)),
        Err(error) => {
            let sound = format!("what version {version} writes");
            findings.push(Finding::in_file(&codes::CONTROL_UNREADABLE, CONTROL, sound, error));
            Ok(None)
        }
        Ok(control) => {
            findings.extend(wrong_crc(&control, CONTROL));
            Ok(Some(control))
        }
    }
}

fn wrong_crc(control: &ControlFile, path: &str) -> Option<Finding> {
    let (expected, found) = (control.computed_crc, control.crc);
    (!control.crc_is_valid()).then(|| {
        let (expected, found) = (format!("{expected:#010x}"), format!("{found:#010x}"));
        Finding::in_file(&codes::CONTROL_CRC, path, expected, found)
    })
}

/// The usual sizes, with the block size that a page of `pg_database` says itself.
fn guessed_sizes(evidence: &dyn Evidence, version: PgVersion) -> Format {
    let format = Format::usual(version);
    let first = evidence.open("global/1262").ok().and_then(|file| {
        let mut buffer = Vec::new();
        let bytes = file.read_at(0, size_of::<PageHeader>(), &mut buffer).ok()?;
        Bytes(bytes).view::<PageHeader>("page header", 0).ok().map(PageHeader::page_size)
    });
    match first.filter(|size| size.is_power_of_two() && *size >= 1 << 10) {
        Some(size) => format.with_block_size(size.into()),
        None => format,
    }
}
