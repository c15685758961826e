use crate::primitives::{ForkNumber, RelFileNumber};

/// What the name of a relation's file says (`parse_filename_for_nontemp_relation`,
/// storage/file/reinit.c; `GetRelationPath`, common/relpath.c).
///
/// ```text
/// [tBACKEND_]NUMBER[_fsm|_vm|_init][.SEGMENT]
/// ```
///
/// ```
/// use pgautopsy::cluster::files::RelationFileName;
/// use pgautopsy::primitives::{ForkNumber, RelFileNumber};
/// let name = RelationFileName::parse("16384_fsm.2").unwrap();
/// assert_eq!(name.number, RelFileNumber(16384));
/// assert_eq!((name.fork, name.segment), (ForkNumber::FreeSpace, 2));
/// assert_eq!(RelationFileName::parse("t3_16390").unwrap().backend, Some(3));
/// assert_eq!(RelationFileName::parse("pg_filenode.map"), None);
/// assert_eq!(RelationFileName::parse("016384"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelationFileName {
    /// The session that a temporary relation belongs to.
    pub backend: Option<u32>,
    /// The number.
    pub number: RelFileNumber,
    /// The fork.
    pub fork: ForkNumber,
    /// The segment; 0 where the name has none.
    pub segment: u32,
}

impl RelationFileName {
    /// Takes `name` apart; `None` where it is no such name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (backend, rest) = match name.strip_prefix('t') {
            Some(rest) => {
                let (backend, rest) = rest.split_once('_')?;
                (Some(decimal(backend)?), rest)
            }
            None => (None, name),
        };
        let (rest, segment) = match rest.split_once('.') {
            // The first segment has no suffix, so `.0` is nobody's.
            Some((rest, segment)) => (rest, decimal(segment).filter(|&segment| segment > 0)?),
            None => (rest, 0),
        };
        let (number, fork) = match rest.split_once('_') {
            Some((number, fork)) => {
                (number, ForkNumber::from_name(fork).filter(|fork| *fork != ForkNumber::Main)?)
            }
            None => (rest, ForkNumber::Main),
        };
        let number = RelFileNumber(decimal(number)?);
        number.is_valid().then_some(Self { backend, number, fork, segment })
    }
}

/// A number as the server writes it: digits, no sign, no zeros in front.
fn decimal(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits == "0" || !digits.starts_with('0');
    (plain && canonical).then(|| digits.parse().ok()).flatten()
}
