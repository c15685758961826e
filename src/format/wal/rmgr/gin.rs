//! Gin (access/ginxlog.h). Keys and posting lists are not looked into.

use super::reader::{FieldReader, FlagTable};
use super::table::{RecordType, ResourceManager, nothing};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Gin",
    &[
        RecordType::new(0x10, "CREATE_PTREE", create_posting_tree),
        RecordType::new(0x20, "INSERT", insert),
        RecordType::new(0x30, "SPLIT", split),
        RecordType::new(0x40, "VACUUM_PAGE", nothing),
        RecordType::new(0x50, "DELETE_PAGE", delete_page),
        RecordType::new(0x60, "UPDATE_META_PAGE", update_meta_page),
        RecordType::new(0x70, "INSERT_LISTPAGE", insert_list_page),
        RecordType::new(0x80, "DELETE_LISTPAGE", delete_list_pages),
        RecordType::new(0x90, "VACUUM_DATA_LEAF_PAGE", nothing),
    ],
);

const INSERT_FLAGS: FlagTable =
    &[(0x1, "GIN_INSERT_ISDATA"), (IS_LEAF, "GIN_INSERT_ISLEAF"), (0x4, "GIN_SPLIT_ROOT")];
const IS_LEAF: u32 = 0x2;

type Done = Result<(), FormatError>;

/// `ginxlogCreatePostingTree`, and its posting list.
fn create_posting_tree(r: &mut FieldReader<'_, '_>) -> Done {
    let size = r.u32("size")?;
    r.bytes("postings", size)
}

/// `ginxlogInsert`; above the leaves, with the children that a split left.
fn insert(r: &mut FieldReader<'_, '_>) -> Done {
    let flags = r.flags_u16("flags", INSERT_FLAGS)?;
    if flags & IS_LEAF != 0 {
        return Ok(());
    }
    r.block_id("leftChildBlkno")?;
    r.block_id("rightChildBlkno")
}

/// `ginxlogSplit`.
fn split(r: &mut FieldReader<'_, '_>) -> Done {
    r.locator("locator")?;
    r.block("rrlink")?;
    r.block("leftChildBlkno")?;
    r.block("rightChildBlkno")?;
    r.flags_u16("flags", INSERT_FLAGS)?;
    r.align(4);
    Ok(())
}

/// `ginxlogDeletePage`.
fn delete_page(r: &mut FieldReader<'_, '_>) -> Done {
    r.offset("parentOffset")?;
    r.align(4);
    r.block("rightLink")?;
    r.xid("deleteXid")
}

/// `ginxlogUpdateMeta`.
fn update_meta_page(r: &mut FieldReader<'_, '_>) -> Done {
    r.locator("locator")?;
    r.align(8);
    r.within("metadata", metadata)?;
    r.block("prevTail")?;
    r.block("newRightlink")?;
    r.i32("ntuples")?;
    r.align(8);
    Ok(())
}

/// `ginxlogInsertListPage`.
fn insert_list_page(r: &mut FieldReader<'_, '_>) -> Done {
    r.block("rightlink")?;
    r.i32("ntuples")
}

/// `ginxlogDeleteListPages`.
fn delete_list_pages(r: &mut FieldReader<'_, '_>) -> Done {
    r.within("metadata", metadata)?;
    r.i32("ndeleted")?;
    r.align(8);
    Ok(())
}

/// `GinMetaPageData` (access/ginblock.h).
fn metadata(r: &mut FieldReader<'_, '_>) -> Done {
    r.block("head")?;
    r.block("tail")?;
    r.u32("tailFreeSize")?;
    r.u32("nPendingPages")?;
    r.i64("nPendingHeapTuples")?;
    r.u32("nTotalPages")?;
    r.u32("nEntryPages")?;
    r.u32("nDataPages")?;
    r.align(8);
    r.i64("nEntries")?;
    r.i32("ginVersion")?;
    r.align(8);
    Ok(())
}
