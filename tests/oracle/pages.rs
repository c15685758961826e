//! Pages and their items, against `pageinspect`, and every checksum.

use md5::{Digest, Md5};
use pgautopsy::analysis::page::{Beside, PageContext, PageView};
use pgautopsy::format::PageType;
use pgautopsy::format::page::checksum;
use pgautopsy::primitives::BlockNumber;
use serde_json::{Value, json};

use crate::answers::{Stored, all, list, number, text};

#[test]
fn headers_and_items_are_those_of_pageinspect() {
    for name in all() {
        let stored = Stored::open(name);
        let mut pages = 0;
        let mut tuples = 0;
        each_page(stored, |path, block, bytes, answer| {
            let is_heap = !answer[2].is_null();
            let context = PageContext {
                format: stored.cluster.format(),
                transactions: Some(stored.cluster.transactions()),
                page_type: is_heap.then_some(PageType::Heap),
                beside: Beside::default(),
            };
            let page = context.view(bytes, block);
            let at = format!("{name}: {path} block {block}");
            assert_eq!(header(&page), with_short_lsn(&answer[0]), "{at}");
            if is_heap {
                let items: Vec<_> = page.items().iter().map(item).collect();
                assert_eq!(Value::Array(items), answer[2], "{at}");
                assert_eq!(Some(data_digest(&page).as_str()), text(&answer[1]), "{at}: t_data");
                tuples += page.items().iter().filter(|item| item.tuple.is_some()).count();
            }
            pages += 1;
        });
        assert!(pages > 800 && tuples > 10_000, "{name}: {pages} pages, {tuples} tuples");
    }
}

#[test]
fn every_page_has_the_checksum_that_it_carries() {
    for name in all() {
        let stored = Stored::open(name);
        each_page(stored, |path, block, bytes, answer| {
            let stored_checksum = answer[0][1].as_i64().unwrap();
            let upper = number(&answer[0][4]);
            if upper == 0 {
                assert!(bytes.iter().all(|&byte| byte == 0), "{name}: {path} block {block}");
                return;
            }
            let ours = checksum::page(bytes, block).cast_signed();
            assert_eq!(i64::from(ours), stored_checksum, "{name}: {path} block {block}");
        });
    }
}

/// Each page of each main fork, with what the server says of it.
fn each_page(stored: &Stored, mut look: impl FnMut(&str, BlockNumber, &[u8], &Value)) {
    let format = stored.cluster.format();
    let evidence = stored.cluster.evidence();
    let answers = list(&stored.answers["pages"]);
    for (path, numbers) in stored.answers["files"].as_object().unwrap() {
        let file = evidence.open(path).unwrap();
        let pages = file.len() / u64::from(format.block_size);
        assert_eq!(pages, list(numbers).len() as u64, "{}: {path}", stored.name);
        let mut buffer = Vec::new();
        for (block, answer) in (0..).zip(list(numbers)) {
            let offset = u64::from(block) * u64::from(format.block_size);
            let bytes = file.read_at(offset, format.block_size as usize, &mut buffer).unwrap();
            let answer = &answers[usize::try_from(number(answer)).unwrap()];
            look(path, BlockNumber(block), bytes, answer);
        }
    }
}

/// The header with its LSN as `%X/%X`: 19 prints eight digits behind the slash.
fn with_short_lsn(header: &Value) -> Value {
    let mut header = header.clone();
    let (high, low) = text(&header[0]).unwrap().split_once('/').unwrap();
    header[0] = json!(format!("{high}/{:X}", u32::from_str_radix(low, 16).unwrap()));
    header
}

fn header(page: &PageView<'_>) -> Value {
    let header = page.header.unwrap();
    json!([
        header.pd_lsn().to_string(),
        header.pd_checksum().cast_signed(),
        header.pd_flags().bits(),
        header.pd_lower(),
        header.pd_upper(),
        header.pd_special(),
        header.page_size(),
        header.layout_version(),
        header.pd_prune_xid().to_string(),
    ])
}

fn item(item: &pgautopsy::analysis::page::ItemView<'_>) -> Value {
    let pointer = item.item;
    let mut row = vec![
        json!(item.number.0),
        json!(pointer.lp_off()),
        json!(pointer.lp_flags().code()),
        json!(pointer.lp_len()),
    ];
    if let Some(tuple) = &item.tuple {
        let header = tuple.header;
        row.extend([
            json!(header.t_xmin().to_string()),
            json!(header.t_xmax().to_string()),
            json!(header.t_field3()),
            json!(header.t_ctid().to_string()),
            json!(header.t_infomask2().bits()),
            json!(header.t_infomask().bits()),
            json!(header.t_hoff()),
            json!(tuple.t_bits()),
        ]);
    }
    Value::Array(row)
}

fn data_digest(page: &PageView<'_>) -> String {
    let mut digest = Md5::new();
    for tuple in page.items().iter().filter_map(|item| item.tuple.as_ref()) {
        digest.update(tuple.whole.as_ref().unwrap().data());
    }
    digest.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
