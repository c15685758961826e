use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;

use super::super::global::Global;
use super::super::progress::Bar;
use super::super::{Error, answer};
use super::source::{Source, SourceArgs};
use crate::analysis::wal::{
    Family, RecordFilter, RecordTypes, RecordWork, RecordsRead, RelationFilter, WalScan,
    each_record, follow_xid, wal_records,
};
use crate::cluster::naming::RelationPattern;
use crate::primitives::{BlockNumber, ForkNumber, TransactionId};
use crate::report::tables::wal_records as tables;
use crate::report::{Cells, Output, Summary, Tail};

/// Show the records themselves, those that are wanted
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy wal records /mnt/clone --relation shop.public.orders --block 12
  pgautopsy wal records /mnt/clone --rmgr Transaction --type COMMIT --start '2026-11-26 02:00'
  pgautopsy wal records /mnt/clone --follow-xid 36450 -f ndjson
  pgautopsy wal records /mnt/archive --fpi --save-images /tmp/images --limit 100")]
pub(super) struct Args {
    #[command(flatten)]
    source: SourceArgs,

    /// Only those about these relations: [[database.]schema.]name with * and ?, an OID, a path, or
    /// a relfilenode; repeatable
    #[arg(short, long, value_name = "PATTERN")]
    relation: Vec<RelationPattern>,

    /// The database that the relations are in (name or OID)
    #[arg(short, long, value_name = "NAME")]
    database: Option<String>,

    /// Only those about this block, or these (10-12)
    #[arg(short, long, value_name = "N[-M]")]
    block: Option<super::super::page::BlockRange>,

    /// Only those about this fork
    #[arg(long, value_name = "FORK")]
    #[arg(value_parser = PossibleValuesParser::new(ForkNumber::ALL.map(ForkNumber::name)))]
    fork: Option<String>,

    /// Only those of this resource manager, by name or number; repeatable
    #[arg(long, value_name = "NAME")]
    rmgr: Vec<String>,

    /// Only those of this type (INSERT, Heap/INSERT); repeatable
    #[arg(long = "type", value_name = "NAME")]
    types: Vec<String>,

    /// Only those that this transaction wrote; repeatable
    #[arg(long, value_name = "XID")]
    xid: Vec<u32>,

    /// Only those of this transaction with its subtransactions, and how it ended
    #[arg(long, value_name = "XID", conflicts_with = "xid")]
    follow_xid: Option<u32>,

    /// Only those with full-page images
    #[arg(long)]
    fpi: bool,

    /// Stop after so many
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Write each full-page image as a page into this folder, which must be new or empty
    #[arg(long, value_name = "DIR")]
    save_images: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        let source = self.source.open(global)?;
        let scan = self.source.scan(&source, global)?;
        let asked = self.filter(&source)?;
        // Made when nothing else can be wrong any more: who mistypes an option is left no folder.
        if let Some(folder) = &self.save_images {
            answer::make_folder(global, folder, source.evidence().as_ref())?;
        }
        let filter = RecordFilter { family: self.family(&source, scan, global), ..asked };
        let for_people = global.is_for_people();
        let schema = if for_people { &tables::LINES } else { &tables::RECORDS };
        let (evidence, head) = (source.evidence(), source.head());
        let mut output = answer::begin(global, "wal records", evidence, &head, &[schema])?;
        output.table(schema)?;
        let read = self.show(&source, scan, &filter, output.as_mut(), for_people);
        if let Some(error) = read.error {
            return Err(error.into());
        }
        let cells = tables::summary_cells(
            source.wal(),
            &read,
            filter.family.as_ref(),
            self.save_images.is_some(),
        );
        let summary = Summary { schema: &tables::SUMMARY, cells };
        let mut findings = source.findings();
        findings.extend(filter.family.map(|family| family.findings).unwrap_or_default());
        findings.extend(read.extent.findings);
        Ok(output.finish(&Tail { findings: &findings, summary: Some(summary) })?)
    }

    fn show(
        &self,
        source: &Source,
        scan: WalScan,
        filter: &RecordFilter,
        output: &mut dyn Output,
        for_people: bool,
    ) -> RecordsRead {
        let (wal, cluster) = (source.wal(), source.cluster());
        let save = |name: &str, page: &[u8]| match &self.save_images {
            Some(folder) => save_image(folder, name, page),
            None => Ok(()),
        };
        let work =
            RecordWork { limit: self.limit, save: self.save_images.is_some().then_some(&save) };
        let save_none = self.save_images.is_none();
        match output.encoder() {
            // Of images, those of the records that are shown are saved, and no others.
            Some(encoder) if !for_people && (save_none || self.limit.is_none()) => wal_records(
                wal,
                cluster,
                scan,
                filter,
                work,
                |view, out| encoder.encode(out, |row| tables::row(view, row)),
                |rows| if rows.is_empty() { Ok(()) } else { output.encoded(rows) },
            ),
            _ => each_record(wal, cluster, scan, filter, work, |view| {
                let cells = if for_people {
                    Cells::of(|row| tables::line(view, row))
                } else {
                    Cells::of(|row| tables::row(view, row))
                };
                output.row(&cells)
            }),
        }
    }

    /// The transaction that is followed.
    fn family(&self, source: &Source, scan: WalScan, global: &Global) -> Option<Family> {
        let xid = TransactionId(self.follow_xid?);
        let bar = Bar::new(global, source.wal().format());
        Some(follow_xid(source.wal(), scan, xid, &bar))
    }

    /// All that is asked for, but for the transaction that is followed.
    fn filter(&self, source: &Source) -> Result<RecordFilter, Error> {
        let wal = source.wal();
        let any = !self.rmgr.is_empty() || !self.types.is_empty();
        let types = any.then(|| RecordTypes::named(&self.rmgr, &self.types, wal.format().version));
        let database = self.database.as_deref();
        let relations = (!self.relation.is_empty())
            .then(|| RelationFilter::named(source.cluster(), &self.relation, database));
        let xids: BTreeSet<_> = self.xid.iter().copied().map(TransactionId).collect();
        Ok(RecordFilter {
            relations: relations.transpose()?,
            blocks: self.block.map(|range| (BlockNumber(range.first), BlockNumber(range.last))),
            fork: self.fork.as_deref().and_then(ForkNumber::from_name),
            types: types.transpose()?,
            xids: (!xids.is_empty()).then_some(xids),
            family: None,
            fpi: self.fpi,
        })
    }
}

/// Nothing that is there is written over.
fn save_image(folder: &Path, name: &str, page: &[u8]) -> io::Result<()> {
    let path = folder.join(name);
    let written = std::fs::File::create_new(&path).and_then(|mut file| file.write_all(page));
    written.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
    })
}
