//! Pages made by hand: each line of the ledger, each fate, HOT chains; and any bytes at all.

use std::sync::Arc;

use super::*;
use crate::analysis::horizon::{Holder, HolderKind};
use crate::evidence::{Evidence, MemoryEvidence};
use crate::format::PgVersion;
use crate::primitives::TransactionId;

const COMMITTED: u16 = 0x0100;
const ABORTED: u16 = 0x0200;
const NO_XMAX: u16 = 0x0800;
const DELETED: u16 = 0x0400;
const HOT_UPDATED: u16 = 0x4000;
const HEAP_ONLY: u16 = 0x8000;

/// A tuple to be put on a page.
#[derive(Clone, Copy)]
struct Made {
    xmin: u32,
    xmax: u32,
    infomask: u16,
    infomask2: u16,
    /// The line pointer of the next version.
    next: u16,
    len: u16,
}

const LIVE: Made =
    Made { xmin: 500, xmax: 0, infomask: COMMITTED | NO_XMAX, infomask2: 1, next: 0, len: 29 };

fn deleted_by(xmax: u32) -> Made {
    Made { xmax, infomask: COMMITTED | DELETED, ..LIVE }
}

/// Items on a page: tuples, or line pointers without any (state 0, 2 or 3).
enum Item {
    Tuple(Made),
    Pointer(u32),
}

fn page(items: &[Item]) -> Vec<u8> {
    let mut page = vec![0; 8192];
    let mut upper = 8192_usize;
    for (at, item) in items.iter().enumerate() {
        let pointer = match item {
            Item::Pointer(raw) => *raw,
            Item::Tuple(made) => {
                upper -= usize::from(made.len).next_multiple_of(8);
                let tuple = &mut page[upper..];
                tuple[..4].copy_from_slice(&made.xmin.to_le_bytes());
                tuple[4..8].copy_from_slice(&made.xmax.to_le_bytes());
                tuple[16..18].copy_from_slice(&made.next.to_le_bytes());
                tuple[18..20].copy_from_slice(&made.infomask2.to_le_bytes());
                tuple[20..22].copy_from_slice(&made.infomask.to_le_bytes());
                tuple[22] = 24;
                u32::try_from(upper).unwrap() | 1 << 15 | u32::from(made.len) << 17
            }
        };
        page[24 + 4 * at..28 + 4 * at].copy_from_slice(&pointer.to_le_bytes());
    }
    let lower = u16::try_from(24 + 4 * items.len()).unwrap();
    for (at, value) in [(12, lower), (14, u16::try_from(upper).unwrap()), (16, 8192), (18, 0x2004)]
    {
        page[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    page
}

/// A horizon, held by somebody until the xid behind it.
fn horizon(oldest: u32, without: u32) -> Horizon {
    let holder = Holder {
        kind: HolderKind::PhysicalSlot,
        name: "standby".to_owned(),
        xid: TransactionId(oldest),
    };
    Horizon {
        oldest: Some(TransactionId(oldest)),
        holders: vec![holder],
        without_oldest_holder: Some(TransactionId(without)),
    }
}

fn tally_of(bytes: &[u8], horizon: &Horizon) -> (Tally, Vec<PageDamage>) {
    let evidence: Arc<dyn Evidence> = Arc::new(MemoryEvidence::default());
    let format = Format::usual(PgVersion::V17);
    let transactions = Transactions::with_limits(&evidence, format, None, &mut Vec::new());
    let context = HeapContext { format, transactions: &transactions, horizon };
    let mut damage = Vec::new();
    let tally = context.tally(bytes, BlockNumber(7), |found| damage.push(found));
    assert_eq!(tally.ledger.total(), bytes.len() as u64);
    (tally, damage)
}

fn sound(items: &[Item], horizon: &Horizon) -> Tally {
    let (tally, damage) = tally_of(&page(items), horizon);
    assert_eq!(damage, []);
    tally
}

#[test]
fn each_byte_goes_to_its_line() {
    let items = [
        Item::Tuple(LIVE),
        Item::Tuple(deleted_by(700)),
        Item::Tuple(deleted_by(900)),
        Item::Tuple(Made { infomask: ABORTED, len: 40, ..LIVE }),
        Item::Tuple(Made { infomask: 0, ..LIVE }),
        Item::Pointer(0),
        Item::Pointer(3 << 15),
        Item::Pointer(1 | 2 << 15),
    ];
    let tally = sound(&items, &horizon(800, 950));
    let lines = [
        (Line::PageHeaders, 24),
        (Line::LinePointers, 32),
        (Line::Live, 29),
        (Line::Removable, 29 + 40),
        (Line::Held, 29),
        // Nothing tells of xid 500: there is no pg_xact here.
        (Line::Unknown, 29),
        (Line::Padding, 4 * 3),
        (Line::Free, 8192 - 56 - 4 * 32 - 40),
    ];
    for (line, bytes) in lines {
        assert_eq!(tally.ledger[line], bytes, "{line:?}");
    }
    assert_eq!((tally.lp_unused, tally.lp_dead, tally.lp_redirect), (1, 1, 1));
    assert_eq!(tally.aborted, Tuples { count: 1, len: 40 });
    assert_eq!(tally.freed_without_oldest, Tuples { count: 1, len: 29 });
    assert_eq!(tally.free_space, 8192 - 56 - 4 * 32 - 40 - 4, "pgstattuple of 17 takes 4 off");
    assert_eq!(tally.last_kept, Some(BlockNumber(7)));
}

#[test]
fn tuples_of_every_kind_are_counted_in_any_order_and_number() {
    fastrand::seed(11);
    for count in [1, 7, 8, 63, 64, 65, 128, 191, 220] {
        let kinds: Vec<_> = (0..count).map(|_| fastrand::usize(0..6)).collect();
        let item = |(at, kind): (usize, &usize)| match kind {
            0 => Item::Tuple(Made { len: 24 + u16::try_from(at % 9).unwrap(), ..LIVE }),
            1 => Item::Tuple(deleted_by(700)),
            2 => Item::Tuple(Made { infomask: ABORTED, ..LIVE }),
            3 => Item::Pointer(0),
            4 => Item::Pointer(3 << 15),
            _ => Item::Pointer(1 | 2 << 15),
        };
        let items: Vec<_> = kinds.iter().enumerate().map(item).collect();
        let tally = sound(&items, &horizon(800, 950));
        let of = |kind| kinds.iter().filter(|other| **other == kind).count() as u64;
        let live = kinds.iter().enumerate().filter(|(_, kind)| **kind == 0);
        let live_len = live.map(|(at, _)| 24 + at as u64 % 9).sum();
        assert_eq!(tally.live, Tuples { count: of(0), len: live_len }, "{count}");
        assert_eq!(tally.removable, Tuples { count: of(1) + of(2), len: 29 * (of(1) + of(2)) });
        assert_eq!(tally.aborted.count, of(2));
        assert_eq!((tally.lp_unused, tally.lp_dead, tally.lp_redirect), (of(3), of(4), of(5)));
    }
}

/// A page of three tuples, and where the second and the third lie.
fn three() -> (Vec<u8>, usize, usize) {
    let tuples = [LIVE; 3].map(Item::Tuple);
    (page(&tuples), 8192 - 64, 8192 - 96)
}

#[test]
fn a_tuple_without_sense_is_damage_and_nothing_is_said_of_those_of_a_broken_page() {
    let (mut bytes, second, _) = three();
    let damage_of = |bytes: &[u8]| tally_of(bytes, &horizon(800, 950)).1;
    bytes[second + 22] = 30;
    assert!(matches!(&damage_of(&bytes)[..], [PageDamage::Tuple(OffsetNumber(2), _)]));
    // The third line pointer names the second tuple.
    bytes.copy_within(28..32, 32);
    assert!(matches!(&damage_of(&bytes)[..], [PageDamage::Page(_)]));
}

#[test]
fn a_dead_line_pointer_may_keep_its_storage_but_not_in_the_place_of_another() {
    let (mut bytes, second, third) = three();
    let mut tally = |place: usize| {
        let raw = u32::try_from(place).unwrap() | 3 << 15 | 29 << 17;
        bytes[32..36].copy_from_slice(&raw.to_le_bytes());
        tally_of(&bytes, &horizon(800, 950))
    };
    let (kept, damage) = tally(third);
    assert_eq!((kept.live.count, kept.lp_dead, kept.lp_unused, damage), (2, 0, 0, vec![]));
    assert!(matches!(&tally(second).1[..], [PageDamage::Page(_)]));
}

#[test]
fn a_tuple_without_storage_must_not_lie_anywhere_either() {
    let damage_at = |place: u32| {
        let bytes = page(&[Item::Tuple(LIVE), Item::Pointer(place | 1 << 15)]);
        tally_of(&bytes, &horizon(800, 950)).1
    };
    assert!(matches!(&damage_at(8000)[..], [PageDamage::Page(_)]));
    assert!(matches!(&damage_at(8160)[..], [PageDamage::Tuple(OffsetNumber(2), _)]));
}

#[test]
fn what_vacuum_empties_can_be_cut_off() {
    let tally = sound(&[Item::Tuple(deleted_by(700)), Item::Pointer(3 << 15)], &horizon(800, 800));
    assert_eq!(tally.last_kept, None);
    assert_eq!(tally_of(&[0; 8192], &horizon(3, 3)).0.last_kept, None);
}

/// A chain of three: the middle one's deleter is older than the first one's.
fn chain() -> [Item; 3] {
    let version = |xmin, xmax, next, flags| {
        Item::Tuple(Made { xmin, xmax, next, infomask2: 1 | flags, ..deleted_by(xmax) })
    };
    [
        version(500, 900, 2, HOT_UPDATED),
        version(900, 700, 3, HOT_UPDATED | HEAP_ONLY),
        Item::Tuple(Made { xmin: 700, infomask2: 1 | HEAP_ONLY, ..LIVE }),
    ]
}

#[test]
fn a_held_tuple_before_a_removable_one_in_its_chain_is_removable() {
    let tally = sound(&chain(), &horizon(800, 1000));
    assert_eq!((tally.removable.count, tally.held.count, tally.live.count), (2, 0, 1));
    // Where the second is no successor of the first, that stays.
    let mut items = chain();
    if let Item::Tuple(second) = &mut items[1] {
        second.xmin = 899;
    }
    let tally = sound(&items, &horizon(800, 1000));
    assert_eq!((tally.removable.count, tally.held.count), (1, 1));
    assert_eq!(tally.freed_without_oldest.count, 1);
}

#[test]
fn a_chain_that_leads_back_to_itself_comes_to_an_end() {
    let mut items = chain();
    if let Item::Tuple(second) = &mut items[1] {
        (second.next, second.xmax) = (1, 500);
    }
    if let Item::Tuple(first) = &mut items[0] {
        first.xmax = 900;
    }
    sound(&items, &horizon(400, 450));
}

/// Of a page that is not broken as a whole, line pointers counted one by one.
fn check_counts(bytes: &[u8], tally: &Tally) {
    let page = Page::new(bytes, Format::usual(PgVersion::V17)).unwrap();
    let (mut pointers, mut tuples) = ([0; 3], Tuples::default());
    for item in page.line_pointers() {
        match item.lp_flags() {
            LpFlags::Normal => tuples.add(item.lp_len().into()),
            LpFlags::Unused => pointers[0] += 1,
            LpFlags::Redirect => pointers[1] += 1,
            LpFlags::Dead => pointers[2] += u64::from(!item.has_storage()),
        }
    }
    assert_eq!([tally.lp_unused, tally.lp_redirect, tally.lp_dead], pointers);
    let fates = [tally.live, tally.in_doubt, tally.removable, tally.held, tally.unknown];
    assert_eq!(fates.into_iter().fold(Tuples::default(), |sum, tuples| sum + tuples), tuples);
}

proptest::proptest! {
    #[test]
    fn any_page_is_accounted_for(
        noise: Vec<(u16, u8)>,
        line_pointers: Vec<(u8, u8)>,
        versions in 0_usize..3,
        oldest: u32,
    ) {
        let items: Vec<Item> = (0..50).flat_map(|_| chain()).take(50 * versions).collect();
        let mut bytes = page(&items);
        for (at, byte) in noise {
            bytes[usize::from(at) % 8192] = byte;
        }
        for (at, byte) in line_pointers.into_iter().take(4) {
            bytes[24 + usize::from(at)] = byte;
        }
        let (tally, damage) = tally_of(&bytes, &horizon(oldest, oldest.wrapping_add(100)));
        assert!(tally.dead().len + tally.present().len <= 8192);
        if !damage.iter().any(|damage| matches!(damage, PageDamage::Page(_))) {
            check_counts(&bytes, &tally);
        }
    }
}
