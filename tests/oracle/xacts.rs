//! How transactions ended, and who waits for what.

use pgautopsy::analysis::xact::{XactStatus, xact};
use pgautopsy::cluster::transactions::Reason;
use pgautopsy::primitives::{MultiXactId, TransactionId};

use crate::answers::{Stored, all, list, number, stopped, text};

fn xid(number: u64) -> TransactionId {
    TransactionId(u32::try_from(number).unwrap())
}

#[test]
fn every_transaction_ended_as_pg_xact_status_says() {
    for name in stopped() {
        let stored = Stored::open(name);
        let xacts = &stored.answers["xacts"];
        let transactions = stored.cluster.transactions();
        let oldest = number(&xacts["oldest_xid"]);
        let statuses = text(&xacts["statuses"]).unwrap();
        for (number, letter) in (oldest..).zip(statuses.chars()) {
            let ours = xact(transactions, xid(number)).status;
            let theirs = match letter {
                'c' => Some(XactStatus::Committed),
                'a' => Some(XactStatus::Aborted),
                'i' => Some(XactStatus::InProgress),
                _ => None,
            };
            assert_eq!(ours, theirs, "{name}: {number}");
        }
        assert_eq!(oldest + statuses.len() as u64, number(&xacts["next_xid"]), "{name}");
        for status in ['c', 'a', 'i'] {
            assert!(statuses.contains(status), "{name}: {status}");
        }
    }
}

/// After a kill, what a server says that has recovered a copy; the WAL tells it.
#[test]
fn after_a_kill_every_transaction_ended_as_recovery_has_it() {
    let mut asked = 0;
    for name in all() {
        let stored = Stored::open(name);
        let recovered = &stored.answers["recovered"];
        let Some(statuses) = text(&recovered["statuses"]) else { continue };
        let transactions = stored.cluster.transactions();
        let oldest = number(&recovered["oldest_xid"]);
        for (number, letter) in (oldest..).zip(statuses.chars()) {
            let ours = xact(transactions, xid(number));
            let theirs = match letter {
                'c' => Some(XactStatus::Committed),
                'a' => Some(XactStatus::Aborted),
                'i' => Some(XactStatus::InProgress),
                _ => None,
            };
            assert_eq!(ours.status, theirs, "{name}: {number} {ours:?}");
        }
        let by_wal = (oldest..)
            .zip(statuses.chars())
            .filter(|(number, _)| transactions.resolve(xid(*number)).reason == Reason::Wal);
        assert!(by_wal.count() > 5, "{name}");
        asked += 1;
    }
    assert!(asked > 0 || all().len() < 10);
}

#[test]
fn transactions_committed_when_pg_xact_commit_timestamp_says() {
    for name in stopped() {
        let stored = Stored::open(name);
        let times = list(&stored.answers["xacts"]["commit_times"]);
        assert!(times.len() > 100, "{name}");
        for answer in times {
            let ours = xact(stored.cluster.transactions(), xid(number(&answer[0]))).commit_time;
            let ours = ours.map(|time| time.to_string().replace('T', " ").replace('Z', "+00"));
            assert_eq!(ours.as_deref(), text(&answer[1]), "{name}: {}", answer[0]);
        }
    }
}

#[test]
fn multixacts_have_the_members_that_the_server_lists() {
    for name in stopped() {
        let stored = Stored::open(name);
        let answers = list(&stored.answers["xacts"]["multixacts"]);
        assert!(answers.len() > 2000, "{name}: {}", answers.len());
        for answer in answers {
            let multi = MultiXactId(u32::try_from(number(&answer[0])).unwrap());
            let ours: Vec<_> = stored
                .cluster
                .transactions()
                .multixact_members(multi)
                .unwrap()
                .into_iter()
                .map(|member| (u64::from(member.xid.0), member.status.name().unwrap()))
                .collect();
            let member = |row: &'_ serde_json::Value| (number(&row[0]), row[1].clone());
            let theirs: Vec<_> = list(&answer[1]).iter().map(member).collect();
            assert_eq!(ours.len(), theirs.len(), "{name}: {multi}");
            for (ours, theirs) in ours.iter().zip(&theirs) {
                assert_eq!(
                    (ours.0, Some(ours.1)),
                    (theirs.0, theirs.1.as_str()),
                    "{name}: {multi}"
                );
            }
        }
    }
}

#[test]
fn prepared_transactions_are_those_that_the_server_lists() {
    for name in stopped() {
        let stored = Stored::open(name);
        let mut ours: Vec<_> = stored
            .cluster
            .transactions()
            .prepared()
            .iter()
            .map(|prepared| {
                let database = stored.cluster.databases().iter();
                let database = database.clone().find(|own| Some(own.oid) == prepared.database);
                let time = prepared.prepared_at.unwrap().to_string();
                (
                    u64::from(prepared.xid.0),
                    prepared.gid.clone().unwrap(),
                    time.replace('T', " ").replace('Z', "+00"),
                    database.unwrap().name.clone().unwrap(),
                )
            })
            .collect();
        ours.sort_by(|left, right| left.1.cmp(&right.1));
        let word = |value: &serde_json::Value| text(value).unwrap().to_owned();
        let theirs: Vec<_> = list(&stored.answers["prepared_xacts"])
            .iter()
            .map(|row| (number(&row[0]), word(&row[1]), word(&row[2]), word(&row[4])))
            .collect();
        assert_eq!(ours, theirs, "{name}");
        assert_eq!(ours.len(), 2, "{name}");
    }
}

#[test]
fn slots_hold_what_pg_replication_slots_says() {
    for name in stopped() {
        let stored = Stored::open(name);
        let theirs = list(&stored.answers["replication_slots"]);
        let ours = stored.cluster.transactions().slots();
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (ours, theirs) in ours.iter().zip(theirs) {
            let at = format!("{name}: {}", ours.name);
            assert_eq!(Some(ours.name.as_str()), text(&theirs["slot_name"]), "{at}");
            let kind = if ours.is_logical() { "logical" } else { "physical" };
            assert_eq!(Some(kind), text(&theirs["slot_type"]), "{at}");
            let xmin = |xid: Option<TransactionId>| xid.map(|xid| xid.to_string());
            assert_eq!(xmin(ours.xmin).as_deref(), text(&theirs["xmin"]), "{at}");
            assert_eq!(xmin(ours.catalog_xmin).as_deref(), text(&theirs["catalog_xmin"]), "{at}");
            let lsn = ours.restart_lsn.map(|lsn| lsn.to_string());
            // 19 prints eight digits behind the slash.
            let digits = |text: &str| text.replace("/0", "/").replace("/0", "/");
            assert_eq!(
                lsn.as_deref().map(digits),
                text(&theirs["restart_lsn"]).map(digits),
                "{at}"
            );
        }
    }
}
