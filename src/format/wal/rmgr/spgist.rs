//! SPGist (access/spgxlog.h). Index tuples are not looked into.

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "SPGist",
    &[
        RecordType::new(0x10, "ADD_LEAF", add_leaf),
        RecordType::new(0x20, "MOVE_LEAFS", move_leafs),
        RecordType::new(0x30, "ADD_NODE", add_node),
        RecordType::new(0x40, "SPLIT_TUPLE", split_tuple),
        RecordType::new(0x50, "PICKSPLIT", pick_split),
        RecordType::new(0x60, "VACUUM_LEAF", vacuum_leaf),
        RecordType::new(0x70, "VACUUM_ROOT", vacuum_root),
        RecordType::new(0x80, "VACUUM_REDIRECT", vacuum_redirect),
    ],
);

type Done = Result<(), FormatError>;

/// `spgxlogAddLeaf`, and the tuple.
fn add_leaf(r: &mut FieldReader<'_, '_>) -> Done {
    r.bool("newPage")?;
    r.bool("storesNulls")?;
    r.offset("offnumLeaf")?;
    r.offset("offnumHeadLeaf")?;
    r.offset("offnumParent")?;
    r.u16("nodeI")?;
    r.remainder("tuple")
}

/// `spgxlogMoveLeafs`, and the tuples.
fn move_leafs(r: &mut FieldReader<'_, '_>) -> Done {
    let moves = r.u16("nMoves")?;
    r.bool("newPage")?;
    let replace_dead = r.take_u8("replaceDead")? != 0;
    r.keep("replaceDead", super::Value::Bool(replace_dead));
    r.bool("storesNulls")?;
    r.align(2);
    r.offset("offnumParent")?;
    r.u16("nodeI")?;
    r.within("stateSrc", state)?;
    r.offsets("toDelete", moves)?;
    // One more comes in than goes out, unless it takes the place of a dead one.
    r.offsets("toInsert", if replace_dead { 1 } else { moves.saturating_add(1) })?;
    r.remainder("tuples")
}

/// `spgxlogAddNode`, and the tuple.
fn add_node(r: &mut FieldReader<'_, '_>) -> Done {
    r.offset("offnum")?;
    r.offset("offnumNew")?;
    r.bool("newPage")?;
    r.i8("parentBlk")?;
    r.offset("offnumParent")?;
    r.u16("nodeI")?;
    r.within("stateSrc", state)?;
    r.remainder("tuple")
}

/// `spgxlogSplitTuple`, and the two tuples.
fn split_tuple(r: &mut FieldReader<'_, '_>) -> Done {
    r.offset("offnumPrefix")?;
    r.offset("offnumPostfix")?;
    r.bool("newPage")?;
    r.bool("postfixBlkSame")?;
    r.remainder("tuples")
}

/// `spgxlogPickSplit`, and the tuples.
fn pick_split(r: &mut FieldReader<'_, '_>) -> Done {
    r.bool("isRootSplit")?;
    r.align(2);
    let deleted = r.u16("nDelete")?;
    let inserted = r.u16("nInsert")?;
    r.bool("initSrc")?;
    r.bool("initDest")?;
    r.offset("offnumInner")?;
    r.bool("initInner")?;
    r.bool("storesNulls")?;
    r.bool("innerIsParent")?;
    r.align(2);
    r.offset("offnumParent")?;
    r.u16("nodeI")?;
    r.within("stateSrc", state)?;
    r.offsets("toDelete", deleted)?;
    r.offsets("toInsert", inserted)?;
    r.bytes("leafPageSelect", inserted)?;
    r.remainder("tuples")
}

/// `spgxlogVacuumLeaf`.
fn vacuum_leaf(r: &mut FieldReader<'_, '_>) -> Done {
    let dead = r.u16("nDead")?;
    let placeholder = r.u16("nPlaceholder")?;
    let moved = r.u16("nMove")?;
    let chained = r.u16("nChain")?;
    r.within("stateSrc", state)?;
    r.offsets("toDead", dead)?;
    r.offsets("toPlaceholder", placeholder)?;
    r.offsets("moveSrc", moved)?;
    r.offsets("moveDest", moved)?;
    r.offsets("chainSrc", chained)?;
    r.offsets("chainDest", chained)
}

/// `spgxlogVacuumRoot`.
fn vacuum_root(r: &mut FieldReader<'_, '_>) -> Done {
    let deleted = r.u16("nDelete")?;
    r.within("stateSrc", state)?;
    r.offsets("toDelete", deleted)
}

/// `spgxlogVacuumRedirect`.
fn vacuum_redirect(r: &mut FieldReader<'_, '_>) -> Done {
    let count = r.u16("nToPlaceholder")?;
    r.offset("firstPlaceholder")?;
    if r.version.wal_conflicts_name_their_horizon() {
        r.conflict_horizon()?;
    } else {
        r.xid("newestRedirectXid")?;
    }
    r.catalog_flag()?;
    r.align(2);
    r.offsets("itemToPlaceholder", count)
}

/// `spgxlogState`.
fn state(r: &mut FieldReader<'_, '_>) -> Done {
    r.align(4);
    let renamed = r.version.wal_redirects_name_their_xid();
    r.xid(if renamed { "redirectXid" } else { "myXid" })?;
    r.bool("isBuild")?;
    r.align(4);
    Ok(())
}
