//! What other sessions must forget (`SharedInvalidationMessage`, storage/sinval.h).
//!
//! ```text
//!  0  id     0 and above: a catalog cache; below: see the table
//!  4  dbId, or the three parts of a relation's files
//!  8  hash value, or the object
//! 16
//! ```

use std::borrow::Cow;

use super::field::Value;
use super::reader::FieldReader;
use crate::format::FormatError;

/// Bytes in a message.
pub(super) const LEN: usize = 16;

/// `nmsgs`, and that many messages.
pub(super) fn messages(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    let count = r.u32("nmsgs")?;
    r.list_of("msgs", count, LEN, message)
}

/// The messages in `bytes`, if there are any.
pub(super) fn list<'a>(
    r: &mut FieldReader<'a, '_>,
    name: &'static str,
    bytes: &'a [u8],
) -> Result<(), FormatError> {
    if bytes.is_empty() {
        return Ok(());
    }
    r.elsewhere(bytes, |r| r.list_of(name, bytes.len() / LEN, LEN, message))
}

fn message(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    let id = r.take_u8("id")?.cast_signed();
    let kind = |text| Value::Text(Cow::Borrowed(text));
    match id {
        0.. => {
            r.keep("id", Value::I64(id.into()));
            r.align(4);
            r.oid("dbId")?;
            r.u32("hashValue")?;
        }
        -1 => {
            r.keep("id", kind("catalog"));
            r.align(4);
            r.oid("dbId")?;
            r.oid("catId")?;
        }
        -2 | -5 | -6 => {
            r.keep(
                "id",
                kind(match id {
                    -2 => "relcache",
                    -5 => "snapshot",
                    _ => "relsync",
                }),
            );
            r.align(4);
            r.oid("dbId")?;
            r.oid("relId")?;
        }
        -3 => {
            r.keep("id", kind("smgr"));
            r.i8("backend_hi")?;
            r.u16("backend_lo")?;
            r.locator("rlocator")?;
        }
        -4 => {
            r.keep("id", kind("relmap"));
            r.align(4);
            r.oid("dbId")?;
        }
        other => {
            r.keep("id", Value::I64(other.into()));
            r.remainder("data")?;
        }
    }
    Ok(())
}
