//! Whose `pg_control` it is: which version wrote it, on what kind of machine.

use crate::format::{Bytes, FormatError, PgVersion};

/// One release's numbers.
struct Release {
    version: PgVersion,
    pg_control_version: u32,
    catalog_version_no: u32,
}

/// The numbers that each version carries, from `PG_CONTROL_VERSION` (catalog/pg_control.h) and
/// `CATALOG_VERSION_NO` (catalog/catversion.h). Neither changes within a major version once that
/// is released.
const RELEASES: [Release; 8] = [
    release(PgVersion::V12, 1201, 201_909_212),
    release(PgVersion::V13, 1300, 202_007_201),
    release(PgVersion::V14, 1300, 202_107_181),
    release(PgVersion::V15, 1300, 202_209_061),
    release(PgVersion::V16, 1300, 202_307_071),
    release(PgVersion::V17, 1700, 202_406_281),
    release(PgVersion::V18, 1800, 202_506_291),
    release(PgVersion::V19, 1905, 202_610_061),
];

const fn release(version: PgVersion, pg_control_version: u32, catalog_version_no: u32) -> Release {
    Release { version, pg_control_version, catalog_version_no }
}

/// Where `pg_control_version` stands, in every version.
const CONTROL_VERSION_OFFSET: usize = 8;
/// Where `catalog_version_no` stands, in every version.
const CATALOG_VERSION_OFFSET: usize = 12;

/// The version that wrote a `pg_control`, where nothing else says so: a single file without the
/// `PG_VERSION` beside it.
pub fn version_of(bytes: &[u8]) -> Result<PgVersion, FormatError> {
    refuse_foreign(bytes)?;
    let bytes = Bytes(bytes);
    let control = bytes.u32("pg_control_version", CONTROL_VERSION_OFFSET)?;
    let catalog = bytes.u32("catalog_version_no", CATALOG_VERSION_OFFSET)?;
    let same_layout = || RELEASES.iter().filter(|release| release.pg_control_version == control);
    let Some(first) = same_layout().next() else {
        return Err(FormatError::Invalid {
            what: "pg_control_version",
            offset: CONTROL_VERSION_OFFSET,
            expected: "that of a PostgreSQL version from 12 to 19".to_owned(),
            found: control.to_string(),
        });
    };
    if same_layout().count() == 1 {
        return Ok(first.version);
    }
    let exact = same_layout().find(|release| release.catalog_version_no == catalog);
    exact.map(|release| release.version).ok_or_else(|| FormatError::Invalid {
        what: "catalog_version_no",
        offset: CATALOG_VERSION_OFFSET,
        expected: "that of a released PostgreSQL version".to_owned(),
        found: catalog.to_string(),
    })
}

/// Refuses, by name, a `pg_control` of another kind of machine: big-endian, or 32-bit.
pub(super) fn refuse_foreign(bytes: &[u8]) -> Result<(), FormatError> {
    let control = Bytes(bytes).u32("pg_control_version", CONTROL_VERSION_OFFSET)?;
    if (900..10_000).contains(&control.swap_bytes()) {
        return Err(FormatError::Unsupported(format!(
            "this is a big-endian cluster (its pg_control_version reads {} backwards); only \
             little-endian ones are read",
            control.swap_bytes()
        )));
    }
    // maxAlign stands right before floatFormat, in every version; only what precedes them moves
    // with the alignment of 64-bit integers.
    let four_before_float = {
        let mut pattern = [0; 12];
        let (max_align, float) = pattern.split_at_mut(4);
        max_align.copy_from_slice(&4_u32.to_le_bytes());
        float.copy_from_slice(&super::FLOAT_FORMAT.to_le_bytes());
        pattern
    };
    let head = bytes.get(..SEARCHED).unwrap_or(bytes);
    if head.windows(four_before_float.len()).any(|window| window == four_before_float) {
        return Err(unsupported_alignment(4));
    }
    Ok(())
}

/// The part of the file that holds `floatFormat` in every version and on every machine.
const SEARCHED: usize = 256;

/// The refusal of a cluster whose tuples are not aligned to 8 bytes.
pub(super) fn unsupported_alignment(max_align: u32) -> FormatError {
    FormatError::Unsupported(format!(
        "this is the cluster of a 32-bit machine (its tuples are aligned to {max_align} bytes); \
         only those of 64-bit ones are read"
    ))
}

/// Checks that `found`, the file's own `pg_control_version`, is what `version` writes.
pub(super) fn check_control_version(found: u32, version: PgVersion) -> Result<(), FormatError> {
    let expected = RELEASES.iter().find(|release| release.version == version);
    match expected {
        Some(release) if release.pg_control_version != found => Err(FormatError::Invalid {
            what: "pg_control_version",
            offset: CONTROL_VERSION_OFFSET,
            expected: format!("{} (PostgreSQL {version})", release.pg_control_version),
            found: describe(found),
        }),
        _ => Ok(()),
    }
}

/// The number, with the version that it belongs to.
fn describe(control: u32) -> String {
    let mut versions = RELEASES.iter().filter(|release| release.pg_control_version == control);
    match (versions.next(), versions.next_back()) {
        (Some(first), Some(last)) => {
            format!("{control} (PostgreSQL {} to {})", first.version, last.version)
        }
        (Some(only), None) => format!("{control} (PostgreSQL {})", only.version),
        _ => format!("{control} (no version that this build reads)"),
    }
}
