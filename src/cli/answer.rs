use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use super::Error;
use super::global::Global;
use crate::cluster::{Cluster, ClusterOptions};
use crate::evidence::{self, Evidence};
use crate::report::{EvidenceHead, Head, Output, TableSchema};

/// Opens the evidence as a cluster.
pub(super) fn cluster(path: &Path, global: &Global) -> Result<Cluster, Error> {
    cluster_with(path, global, global.cluster_options())
}

/// The same with these options.
pub(super) fn cluster_with(
    path: &Path,
    global: &Global,
    mut options: ClusterOptions,
) -> Result<Cluster, Error> {
    let evidence = evidence::open(path, &global.open_options())?;
    options.archives = global.archives()?;
    let cluster = Cluster::open(evidence, &options);
    cluster.map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Begins an answer about `evidence`, in the format and at the place that were asked for.
pub(super) fn begin(
    global: &Global,
    command: &str,
    evidence: &Arc<dyn Evidence>,
    head: &EvidenceHead,
    tables: &[&'static TableSchema],
) -> Result<Box<dyn Output>, Error> {
    let options = global.output_options();
    if let Some(table) = &options.table
        && !tables.iter().any(|schema| schema.name == table)
        && !matches!(table.as_str(), "findings" | "summary")
    {
        let known: Vec<_> = tables.iter().map(|schema| schema.name).collect();
        return Err(format!(
            "{command} has no table {table:?}; there are: {}, findings, summary",
            known.join(", ")
        )
        .into());
    }
    let writer = writer(global, evidence.as_ref())?;
    let mut output = global.output_format().open(writer, &options);
    output.start(&Head { command, tables, evidence: Some(head) })?;
    Ok(output)
}

fn writer(global: &Global, evidence: &dyn Evidence) -> Result<Box<dyn Write>, Error> {
    let Some(path) = &global.output else {
        let target = Named { writer: io::stdout().lock(), name: "standard output".to_owned() };
        return Ok(Box::new(BufWriter::new(target)));
    };
    let error = |error: io::Error| format!("cannot write {}: {error}", path.display());
    if is_evidence(global, evidence, path).map_err(error)? {
        return Err(untouchable(path));
    }
    let writer = File::create(path).map_err(error)?;
    Ok(Box::new(BufWriter::new(Named { writer, name: path.display().to_string() })))
}

/// Makes a folder for output, unless it would lie in the evidence. One that is there must be empty:
/// what is in it can't be told apart from the answer later on.
pub(super) fn make_folder(
    global: &Global,
    path: &Path,
    evidence: &dyn Evidence,
) -> Result<(), Error> {
    let error = |error: io::Error| format!("cannot make {}: {error}", path.display());
    // What a file in it would change, it would.
    if is_evidence(global, evidence, path).map_err(error)? {
        return Err(untouchable(path));
    }
    std::fs::create_dir_all(path).map_err(error)?;
    let mut entries = std::fs::read_dir(path).map_err(error)?;
    if entries.next().is_some() {
        let path = path.display();
        return Err(format!("{path} is not empty: name a new folder, or an empty one").into());
    }
    Ok(())
}

/// Whether writing there would change what is read: the evidence, or an archive of WAL.
fn is_evidence(global: &Global, evidence: &dyn Evidence, path: &Path) -> io::Result<bool> {
    let archives = global.archives().unwrap_or_default();
    for tree in archives.iter().map(AsRef::as_ref).chain([evidence]) {
        if evidence::would_change(tree, path)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn untouchable(path: &Path) -> Error {
    format!(
        "{} lies in the evidence, or has another name that may, and that is never changed: name \
         another place",
        path.display()
    )
    .into()
}

/// A writer whose errors say what could not be written.
struct Named<W> {
    writer: W,
    name: String,
}

impl<W: Write> Named<W> {
    fn error(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("cannot write {}: {error}", self.name))
    }
}

impl<W: Write> Write for Named<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes).map_err(|error| self.error(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().map_err(|error| self.error(&error))
    }
}
