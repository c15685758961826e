//! Generic: changes of pages as bytes, for extensions (access/generic_xlog.h). Whatever
//! `xl_info` says, it is one type of record, with nothing but what its blocks hold.

use super::table::{RecordType, ResourceManager, nothing};

pub(super) const MANAGER: ResourceManager = ResourceManager {
    name: "Generic",
    type_mask: 0,
    records: &[RecordType::new(0x00, "Generic", nothing)],
};
