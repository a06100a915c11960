//! Backup and restore of a ledger in a file; roles for one in PostgreSQL.

use crate::sample::whole;
use ironbridge_ledger::{Address, BackupError, GRANTS, Store};
use ironbridge_testkit::PostgresServer;
use std::path::Path;

#[test]
fn a_backup_taken_while_it_is_written_to_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, backup) = (folder.path().join("ledger.db"), folder.path().join("backup.db"));
    let address = Address::file(&path);
    let mut store = Store::open(&address, false).expect("opens");
    store.write(&[whole("req_1", 1000).into()]).expect("writes");
    address.back_up(&backup).expect("copies");
    assert!(matches!(address.back_up(&backup), Err(BackupError::Exists { .. })));
    store.write(&[whole("req_2", 2000).into()]).expect("writes");
    drop(store);

    let kept = address.restore(&backup).expect("restores").expect("there was one");
    let mut store = Store::open(&address, false).expect("opens");
    assert!(store.find("req_1").expect("reads").is_some());
    assert_eq!(store.find("req_2").expect("reads"), None);
    let mut before = Store::open(&Address::file(&kept), false).expect("opens");
    assert!(before.find("req_2").expect("reads").is_some());
    drop(store);
    // What was kept is not written over.
    assert!(matches!(address.restore(&backup), Err(BackupError::Exists { .. })));
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_a_ledger() {
    use ironbridge_ledger::{JournalSettings, Ledger, LedgerSettings, Retention};
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let address = Address::file(folder.path().join("ledger.db"));
    let journal = JournalSettings {
        folder: folder.path().join("journal"),
        bytes_max: 1 << 20,
        survives_power_loss: false,
    };
    let settings = LedgerSettings {
        address: address.clone(),
        journal,
        retention: Retention::default(),
        lease: std::time::Duration::from_secs(60),
    };
    let ledger = Ledger::open(settings).expect("opens");
    ledger.append(&whole("req_1", 1000).into()).expect("appends");
    address.back_up(&folder.path().join("backup.db")).expect("copies");
    let in_journal = std::fs::read_dir(folder.path().join("journal")).expect("reads the folder");
    let beside = std::fs::read_dir(folder.path()).expect("reads the folder");
    let mut seen = Vec::new();
    for file in in_journal.chain(beside).map(|file| file.expect("a file")) {
        let (name, metadata) = (file.file_name(), file.metadata().expect("its mode"));
        if metadata.is_file() && name != "lock" {
            assert_eq!(metadata.permissions().mode() & 0o077, 0, "{}", name.display());
            seen.push(name);
        }
    }
    for name in ["ledger.db", "ledger.db-wal", "backup.db"] {
        assert!(seen.iter().any(|seen| seen == name), "{name} is not among {seen:?}");
    }
    assert!(seen.iter().any(|name| name.to_string_lossy().ends_with(".journal")), "{seen:?}");
}

#[test]
fn what_is_no_ledger_is_not_restored() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, other) = (folder.path().join("ledger.db"), folder.path().join("other.db"));
    let address = Address::file(&path);
    Store::open(&address, false)
        .expect("opens")
        .write(&[whole("req_1", 1000).into()])
        .expect("writes");
    std::fs::write(&other, "this is no database, whatever its name says").expect("writes");
    for from in [&other, &folder.path().join("nothing.db")] {
        let refused = address.restore(from).expect_err("is refused");
        assert!(matches!(refused, BackupError::NoLedger { .. }), "{refused}");
    }
    let mut store = Store::open(&address, false).expect("opens");
    assert!(store.find("req_1").expect("reads").is_some());
    let server = Address::parse("postgres://localhost/ledger", folder.path()).expect("an address");
    assert!(matches!(server.back_up(&other), Err(BackupError::NoFile)));
}

#[test]
fn a_role_may_do_what_it_must_and_no_more() {
    let Some(server) = PostgresServer::start() else { return };
    let url = server.database("ledger");
    let of = |role: &str| {
        Address::parse(&url.replace("postgres@", &format!("{role}@")), Path::new("/"))
            .expect("an address")
    };
    drop(Store::open(&of("postgres"), false).expect("opens"));
    let mut owner = postgres::Client::connect(&url, postgres::NoTls).expect("connects");
    owner.batch_execute(GRANTS).expect("grants");

    let mut gateway = Store::open(&of("ironbridge_gateway"), false).expect("opens");
    assert_eq!(gateway.write(&[whole("req_1", 1000).into()]).expect("writes"), 1);
    let mut reader = Store::open_to_read(&of("ironbridge_reader")).expect("opens");
    assert!(reader.find("req_1").expect("reads").is_some());
    assert!(reader.bodies("req_1").is_err(), "what was said is not for readers");
    let mut reader = Store::open(&of("ironbridge_reader"), false).expect("opens");
    assert!(reader.write(&[whole("req_2", 1000).into()]).is_err(), "a reader writes nothing");
}
