//! Types by name, as `format_type()` spells them (utils/adt/format_type.c).

use std::collections::BTreeMap;

use super::rows::PgType;
use crate::cluster::naming::quote_identifier;
use crate::primitives::Oid;

/// The types of a database.
pub(super) struct Types<'a> {
    pub(super) types: BTreeMap<Oid, PgType>,
    pub(super) schemas: &'a BTreeMap<Oid, String>,
}

/// A type that SQL has words of its own for.
struct Spelling {
    oid: u32,
    words: &'static str,
    modifier: Modifier,
    /// What it is called without a modifier, where SQL's words would then mean another type.
    bare: Option<&'static str>,
}

/// What a type's modifier says.
#[derive(Clone, Copy)]
enum Modifier {
    /// It has none.
    None,
    /// A number of bits.
    Bits,
    /// A number of characters, 4 less than the modifier.
    Characters,
    /// Precision and scale, 4 less than the modifier.
    Numeric,
    /// A precision, before the words that follow the first.
    Precision,
    /// Fields and a precision.
    Interval,
}

const fn plain(oid: u32, words: &'static str) -> Spelling {
    modified(oid, words, Modifier::None)
}

const fn modified(oid: u32, words: &'static str, modifier: Modifier) -> Spelling {
    Spelling { oid, words, modifier, bare: None }
}

/// Their OIDs are those of catalog/pg_type.dat, which never change.
const SPELLINGS: [Spelling; 18] = [
    plain(16, "boolean"),
    plain(18, "\"char\""),
    plain(20, "bigint"),
    plain(21, "smallint"),
    plain(23, "integer"),
    plain(114, "json"),
    plain(700, "real"),
    plain(701, "double precision"),
    Spelling { bare: Some("bpchar"), ..modified(1042, "character", Modifier::Characters) },
    modified(1043, "character varying", Modifier::Characters),
    modified(1083, "time without time zone", Modifier::Precision),
    modified(1114, "timestamp without time zone", Modifier::Precision),
    modified(1184, "timestamp with time zone", Modifier::Precision),
    modified(1186, "interval", Modifier::Interval),
    modified(1266, "time with time zone", Modifier::Precision),
    Spelling { bare: Some("\"bit\""), ..modified(1560, "bit", Modifier::Bits) },
    modified(1562, "bit varying", Modifier::Bits),
    modified(1700, "numeric", Modifier::Numeric),
];

impl Types<'_> {
    /// The type with its modifier, in SQL's words: `character varying(20)`, `integer[]`. `None`
    /// where `pg_type` does not tell. A type outside `pg_catalog` and `public` has its schema
    /// before it.
    pub(super) fn format_type(&self, oid: Oid, modifier: i32) -> Option<String> {
        let row = self.types.get(&oid)?;
        let element = row.typelem.is_valid() && row.typlen == -1 && row.typstorage != b'p';
        if element && let Some(element) = self.types.get(&row.typelem) {
            return Some(self.scalar(element, modifier)? + "[]");
        }
        self.scalar(row, modifier)
    }

    fn scalar(&self, row: &PgType, modifier: i32) -> Option<String> {
        if let Some(spelling) = SPELLINGS.iter().find(|spelling| spelling.oid == row.oid.0) {
            return Some(spelling.with(modifier));
        }
        let name = quote_identifier(&row.typname.0);
        let named = match self.schemas.get(&row.typnamespace)?.as_str() {
            "pg_catalog" | "public" => name.into_owned(),
            schema => format!("{}.{name}", quote_identifier(schema)),
        };
        Some(if modifier < 0 { named } else { format!("{named}({modifier})") })
    }
}

impl Spelling {
    fn with(&self, modifier: i32) -> String {
        let words = self.words;
        if modifier < 0 {
            return self.bare.unwrap_or(words).to_owned();
        }
        match self.modifier {
            Modifier::None => words.to_owned(),
            Modifier::Bits => format!("{words}({modifier})"),
            Modifier::Characters => format!("{words}({})", modifier.saturating_sub(4)),
            Modifier::Numeric => {
                let packed = modifier.saturating_sub(4);
                // The scale has 11 bits, the highest of them its sign.
                let scale = (packed & 0x7FF ^ 1024) - 1024;
                format!("{words}({},{scale})", packed >> 16 & 0xFFFF)
            }
            Modifier::Precision => match words.split_once(' ') {
                Some((first, rest)) => format!("{first}({modifier}) {rest}"),
                None => format!("{words}({modifier})"),
            },
            Modifier::Interval => words.to_owned() + &interval(modifier),
        }
    }
}

/// Which fields of an interval are kept, by the bits that stand for them.
const INTERVAL_FIELDS: [(i32, &str); 13] = [
    (1 << 2, " year"),
    (1 << 1, " month"),
    (1 << 2 | 1 << 1, " year to month"),
    (1 << 3, " day"),
    (1 << 10, " hour"),
    (1 << 11, " minute"),
    (1 << 12, " second"),
    (1 << 3 | 1 << 10, " day to hour"),
    (1 << 3 | 1 << 10 | 1 << 11, " day to minute"),
    (1 << 3 | 1 << 10 | 1 << 11 | 1 << 12, " day to second"),
    (1 << 10 | 1 << 11, " hour to minute"),
    (1 << 10 | 1 << 11 | 1 << 12, " hour to second"),
    (1 << 11 | 1 << 12, " minute to second"),
];
/// The precision that stands for none (`INTERVAL_FULL_PRECISION`, utils/timestamp.h).
const FULL_PRECISION: i32 = 0xFFFF;

fn interval(modifier: i32) -> String {
    let (fields, precision) = (modifier >> 16 & 0x7FFF, modifier & 0xFFFF);
    let named = INTERVAL_FIELDS.iter().find(|(bits, _)| *bits == fields);
    let fields = named.map_or("", |(_, words)| *words);
    if precision == FULL_PRECISION { fields.to_owned() } else { format!("{fields}({precision})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(oid: u32, modifier: i32) -> String {
        let spelling = SPELLINGS.iter().find(|spelling| spelling.oid == oid);
        spelling.unwrap().with(modifier)
    }

    #[test]
    fn modifiers_are_spelled_as_the_server_does() {
        assert_eq!(spelled(1043, 24), "character varying(20)");
        assert_eq!(spelled(1042, 5), "character(1)");
        assert_eq!(spelled(1042, -1), "bpchar");
        assert_eq!(spelled(1700, (10 << 16 | 2) + 4), "numeric(10,2)");
        assert_eq!(spelled(1700, (2 << 16 | 0x7FD) + 4), "numeric(2,-3)");
        assert_eq!(spelled(1184, 3), "timestamp(3) with time zone");
        assert_eq!(spelled(1186, 0x7FFF << 16 | 3), "interval(3)");
        assert_eq!(spelled(1186, (1 << 2 | 1 << 1) << 16 | 0xFFFF), "interval year to month");
        assert_eq!(spelled(1560, 5), "bit(5)");
        assert_eq!(spelled(1560, -1), "\"bit\"");
    }
}
