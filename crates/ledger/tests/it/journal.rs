//! What the journal bridges: a process that is killed, a database that is away, torn and damaged files, full disks.

use crate::databases::{on_each, on_each_url};
use crate::sample::numbered;
use ironbridge_ledger::{
    Address, JournalError, JournalSettings, Ledger, LedgerSettings, OpenError, Retention, Store,
};
use ironbridge_testkit::PostgresServer;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Longer than anything here takes, so that only what hangs runs into it.
const PATIENCE: Duration = Duration::from_secs(120);

fn settings(address: &Address, folder: &Path) -> LedgerSettings {
    let journal = JournalSettings {
        folder: folder.join("journal"),
        bytes_max: 1 << 30,
        survives_power_loss: false,
    };
    LedgerSettings {
        address: address.clone(),
        journal,
        retention: Retention::default(),
        lease: Duration::from_secs(60),
    }
}

fn open(address: &Address, folder: &Path) -> Ledger {
    Ledger::open(settings(address, folder)).expect("the ledger opens")
}

fn append(ledger: &Ledger, numbers: std::ops::Range<u64>) {
    for number in numbers {
        ledger.append(&numbered(number).into()).expect("appends");
    }
}

fn count(address: &Address) -> usize {
    let mut store = Store::open_to_read(address).expect("opens");
    let (mut found, mut after) = (0, None);
    loop {
        let page = store.list(&Default::default(), after.as_ref(), 500).expect("lists");
        found += page.exchanges.len();
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// The bytes of all files of the journal, in order.
fn journal_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(folder.join("journal")).expect("reads the folder");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "journal"));
    files.sort();
    files
}

#[test]
fn what_is_appended_is_written_and_the_journal_is_empty_at_the_end() {
    on_each(|address| {
        let folder = tempfile::tempdir().expect("a folder");
        for full in [false, true] {
            let mut settings = settings(address, folder.path());
            settings.journal.survives_power_loss = full;
            let ledger = Ledger::open(settings).expect("opens");
            let first = if full { 2000 } else { 0 };
            std::thread::scope(|scope| {
                for part in 0..4 {
                    let ledger = &ledger;
                    let start = first + part * 500;
                    scope.spawn(move || append(ledger, start..start + 500));
                }
            });
            assert!(ledger.flush(PATIENCE));
            assert_eq!(
                ledger.reader().expect("reads").find("req_00000007").expect("finds"),
                Some(numbered(7))
            );
            assert_eq!(ledger.status().written, 2000);
            assert_eq!(ledger.status().trouble, None);
            drop(ledger);
            assert_eq!(journal_files(folder.path()), Vec::<std::path::PathBuf>::new());
        }
        assert_eq!(count(address), 4000);
    });
}

#[test]
fn what_a_killed_process_has_told_of_is_there() {
    on_each_url(|url| {
        let folder = tempfile::tempdir().expect("a folder");
        let address = &Address::parse(url, folder.path()).expect("an address");
        let mut told = 0;
        for round in 0..5_u64 {
            let mut child = Command::new(std::env::current_exe().expect("this program"))
                .args(["--exact", "journal::appends_and_tells", "--nocapture"])
                .env("LEDGER_TEST_URL", url)
                .env("LEDGER_TEST_FOLDER", folder.path())
                .env("LEDGER_TEST_FIRST", (round * 1_000_000).to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("starts");
            let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
            let mut ids = Vec::new();
            for line in lines {
                let line = line.expect("a line");
                let Some(id) = line.strip_prefix("appended ") else { continue };
                ids.push(id.to_owned());
                // Rounds of different length, so that the writer is met in different places.
                if ids.len() == 200 + 333 * round as usize {
                    child.kill().expect("SIGKILL");
                }
            }
            child.wait().expect("ended");
            let ledger = open(address, folder.path());
            assert!(ledger.flush(PATIENCE));
            let mut reader = ledger.reader().expect("reads");
            for id in &ids {
                assert!(reader.find(id).expect("finds").is_some(), "round {round}: {id} is lost");
            }
            told += ids.len();
            assert_eq!(ledger.status().refused, 0);
        }
        assert!(count(address) >= told, "{} of {told}", count(address));
    });
}

/// The process that is killed: appends until then, and tells of each entry that is appended.
#[test]
fn appends_and_tells() {
    let variable = |name: &str| std::env::var(name);
    let Ok(url) = variable("LEDGER_TEST_URL") else { return };
    let folder = variable("LEDGER_TEST_FOLDER").expect("a folder");
    let first: u64 = variable("LEDGER_TEST_FIRST").expect("a number").parse().expect("a number");
    let address = Address::parse(&url, Path::new(&folder)).expect("an address");
    let ledger = open(&address, Path::new(&folder));
    println!();
    for number in first..first + 900_000 {
        ledger.append(&numbered(number).into()).expect("appends");
        println!("appended {}", numbered(number).id);
    }
}

#[test]
fn a_server_that_is_gone_for_a_while_is_bridged() {
    let Some(mut server) = PostgresServer::start() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let address = Address::parse(&server.database("ledger"), folder.path()).expect("an address");
    let ledger = open(&address, folder.path());
    append(&ledger, 0..300);
    assert!(ledger.flush(PATIENCE));
    server.stop();
    append(&ledger, 300..1500);
    while ledger.status().trouble.is_none() {
        std::thread::yield_now();
    }
    assert!(ledger.status().trouble_since_ms.is_some());
    assert!(!ledger.flush(Duration::ZERO));
    server.resume();
    assert!(ledger.flush(PATIENCE));
    assert_eq!((ledger.status().trouble, ledger.status().refused), (None, 0));
    assert_eq!(count(&address), 1500);

    // Also when it is gone as the gateway ends, and not yet there when it starts again.
    server.stop();
    append(&ledger, 1500..1600);
    drop(ledger);
    let ledger = open(&address, folder.path());
    append(&ledger, 1600..1700);
    server.resume();
    assert!(ledger.flush(PATIENCE));
    assert_eq!(count(&address), 1700);
}

#[test]
fn a_locked_file_is_bridged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let address = Address::file(&path);
    let ledger = open(&address, folder.path());
    let other = rusqlite::Connection::open(&path).expect("opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("locks");
    append(&ledger, 0..100);
    while ledger.status().trouble.is_none() {
        std::thread::yield_now();
    }
    let trouble = ledger.status().trouble.expect("trouble");
    assert!(trouble.contains("locked"), "{trouble}");
    other.execute_batch("COMMIT").expect("unlocks");
    assert!(ledger.flush(PATIENCE));
    assert_eq!(count(&address), 100);
}

#[test]
fn a_journal_cut_at_every_byte_gives_what_is_whole() {
    let source = tempfile::tempdir().expect("a folder");
    let whole = unwritten_journal(source.path(), 2);
    // Each frame has the length of its payload in front.
    let first = 8 + u32::from_le_bytes(*whole.first_chunk().expect("a frame")) as usize;
    let ends = [first, whole.len()];
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("journal")).expect("makes a folder");
    let (mut entries, mut damaged) = (0, 0);
    for cut in 0..=whole.len() {
        let file = folder.path().join(format!("journal/{:012}.journal", cut + 1));
        std::fs::write(file, &whole[..cut]).expect("writes");
        let mut kept = ends.into_iter().filter(|end| *end <= cut);
        entries += kept.clone().count();
        damaged += cut - kept.next_back().unwrap_or(0);
    }
    let address = Address::file(folder.path().join("ledger.db"));
    let ledger = open(&address, folder.path());
    append(&ledger, 77..78);
    assert!(ledger.flush(PATIENCE));
    let status = ledger.status();
    assert_eq!((status.written, status.known), (3, entries as u64 - 2));
    assert_eq!(status.damaged_bytes, damaged as u64);
    assert_eq!(status.refused, 0);
}

/// The bytes of a journal of `entries` that nobody has written to a database yet.
fn unwritten_journal(folder: &Path, entries: u64) -> Vec<u8> {
    let path = folder.join("ledger.db");
    let address = Address::file(&path);
    drop(Store::open(&address, false).expect("opens"));
    let lock = rusqlite::Connection::open(&path).expect("opens");
    lock.execute_batch("BEGIN IMMEDIATE").expect("locks");
    let ledger = open(&address, folder);
    append(&ledger, 0..entries);
    drop(ledger);
    let files = journal_files(folder);
    files.iter().flat_map(|file| std::fs::read(file).expect("reads")).collect()
}

#[test]
fn frames_of_others_are_set_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("journal")).expect("makes a folder");
    let payload = br#"{"another":"version"}"#;
    let length = (payload.len() as u32).to_le_bytes();
    let checksum = crc32fast::hash(&[&length[..], payload].concat()).to_le_bytes();
    let file = [&length[..], &checksum, payload].concat();
    std::fs::write(folder.path().join("journal/000000000001.journal"), file).expect("writes");
    let address = Address::file(folder.path().join("ledger.db"));
    let ledger = open(&address, folder.path());
    append(&ledger, 0..1);
    assert!(ledger.flush(PATIENCE));
    assert_eq!((ledger.status().written, ledger.status().refused), (1, 1));
    let kept = std::fs::read_to_string(folder.path().join("journal/refused.jsonl")).expect("reads");
    assert_eq!(kept, "{\"another\":\"version\"}\n");
}

#[test]
fn a_full_journal_says_so_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let address = Address::file(&path);
    let mut settings = settings(&address, folder.path());
    settings.journal.bytes_max = 100_000;
    let ledger = Ledger::open(settings).expect("opens");
    let lock = rusqlite::Connection::open(&path).expect("opens");
    lock.execute_batch("BEGIN IMMEDIATE").expect("locks");
    let mut appended = 0;
    let error = loop {
        match ledger.append(&numbered(appended).into()) {
            Ok(()) => appended += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::Full { bytes_max: 100_000 }), "{error}");
    assert!(appended > 10 && ledger.status().journal_bytes <= 100_000);
    lock.execute_batch("COMMIT").expect("unlocks");
    assert!(ledger.flush(PATIENCE));
    ledger.append(&numbered(appended).into()).expect("there is room again");
    assert!(ledger.flush(PATIENCE));
    assert_eq!(count(&address), appended as usize + 1);
}

#[test]
fn one_journal_has_one_owner() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = Address::file(folder.path().join("ledger.db"));
    let first = open(&address, folder.path());
    let error = Ledger::open(settings(&address, folder.path())).expect_err("in use");
    assert!(matches!(error, OpenError::Journal(JournalError::InUse { .. })), "{error}");
    drop(first);
    drop(open(&address, folder.path()));
}

/// A small file system of its own; `None`, with a line that says so: we may not mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let options = format!("size={bytes}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(SmallDisk(folder));
        }
        println!("skipped: a small file system cannot be mounted");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_costs_nothing_that_was_told() {
    let Some(disk) = SmallDisk::mount(1 << 20) else { return };
    let folder = disk.0.path();
    let elsewhere = tempfile::tempdir().expect("a folder");
    // First the disk of the journal, then the disk of the database.
    let address = Address::file(elsewhere.path().join("ledger.db"));
    let lock = rusqlite::Connection::open(elsewhere.path().join("ledger.db")).expect("opens");
    drop(Store::open(&address, false).expect("opens"));
    lock.execute_batch("BEGIN IMMEDIATE").expect("locks");
    let ledger = open(&address, folder);
    let mut appended = 0;
    while ledger.append(&numbered(appended).into()).is_ok() {
        appended += 1;
    }
    lock.execute_batch("COMMIT").expect("unlocks");
    assert!(ledger.flush(PATIENCE));
    drop(ledger);
    assert_eq!(count(&address), appended as usize);

    let address = Address::file(folder.join("ledger.db"));
    let ledger = open(&address, elsewhere.path());
    let mut appended = 0;
    while ledger.status().trouble.is_none() {
        ledger.append(&numbered(appended).into()).expect("appends");
        appended += 1;
    }
    let trouble = ledger.status().trouble.expect("trouble");
    assert!(trouble.contains("full"), "{trouble}");
    assert!(count(&address) < appended as usize);
    drop(ledger);
    let larger = Command::new("mount").args(["-o", "remount,size=64m"]).arg(folder).status();
    assert!(larger.expect("mount").success());
    let ledger = open(&address, elsewhere.path());
    assert!(ledger.flush(PATIENCE));
    assert_eq!(count(&address), appended as usize);
}
