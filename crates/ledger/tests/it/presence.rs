//! What a gateway that is killed had reserved comes back: to the same one after its restart, and to the others.

use crate::databases::on_each_url;
use ironbridge_ledger::{
    Address, Allowance, Balance, Claim, JournalSettings, Ledger, LedgerSettings, Retention,
};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The moment of all reservations; the budgets are for ever.
const NOW_MS: u64 = 1_763_728_567_000;
const BUDGET: &str = "100tokens";

fn open(url: &str, folder: &Path, lease: Duration) -> Ledger {
    let journal = JournalSettings {
        folder: folder.join("journal"),
        bytes_max: 1 << 20,
        survives_power_loss: false,
    };
    let address = Address::parse(url, folder).expect("an address");
    let retention = Retention::default();
    Ledger::open(LedgerSettings { address, journal, retention, lease }).expect("opens")
}

fn claim(account: &str, amount: u64) -> [(Claim, u64); 1] {
    let Allowance { unit, span, limit } = BUDGET.parse().expect("an amount");
    [(Claim { account: account.to_owned(), unit, span, amount }, limit)]
}

fn balance(ledger: &Ledger, account: &str) -> Balance {
    let allowance = BUDGET.parse().expect("an amount");
    ledger.reader().expect("reads").balance(account, &allowance, NOW_MS).expect("reads")
}

/// Returns once nothing is reserved any more; the test's watchdog ends what never comes.
fn wait_for_nothing_reserved(ledger: &Ledger, account: &str) {
    while balance(ledger, account).reserved > 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A gateway that reserves 60 and is killed then.
fn reserve_and_die(url: &str, folder: &Path, account: &str) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "presence::reserves_and_tells", "--nocapture"])
        .env("LEDGER_TEST_URL", url)
        .env("LEDGER_TEST_FOLDER", folder)
        .env("LEDGER_TEST_ACCOUNT", account)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let told = lines.any(|line| line.expect("a line") == "reserved");
    assert!(told, "it ended by itself");
    child.kill().expect("SIGKILL");
    child.wait().expect("ended");
}

/// The process that is killed.
#[test]
fn reserves_and_tells() {
    let variable = |name: &str| std::env::var(name);
    let Ok(account) = variable("LEDGER_TEST_ACCOUNT") else { return };
    let url = variable("LEDGER_TEST_URL").expect("an address");
    let folder = variable("LEDGER_TEST_FOLDER").expect("a folder");
    let ledger = open(&url, Path::new(&folder), Duration::from_secs(1));
    for id in ["1", "2"] {
        let id = format!("{account}-{id}");
        ledger.reserve(&id, NOW_MS, &claim(&account, 30)).expect("asks").expect("passes");
    }
    println!("\nreserved");
    loop {
        std::thread::park();
    }
}

#[test]
fn after_a_kill_the_whole_budget_is_there_again() {
    on_each_url(|url| {
        let own = tempfile::tempdir().expect("a folder");
        let hour = Duration::from_secs(3600);
        // On the same journal at once, whatever the lease.
        reserve_and_die(url, own.path(), "key:restarted");
        let ledger = open(url, own.path(), hour);
        wait_for_nothing_reserved(&ledger, "key:restarted");
        let all = claim("key:restarted", 100);
        ledger.reserve("all", NOW_MS, &all).expect("asks").expect("passes");

        // From another machine after the lease; and who lives keeps what it has.
        let (other, third) =
            (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        reserve_and_die(url, other.path(), "key:gone");
        let watching = open(url, third.path(), Duration::from_secs(1));
        wait_for_nothing_reserved(&watching, "key:gone");
        let all = claim("key:gone", 100);
        watching.reserve("all of it", NOW_MS, &all).expect("asks").expect("passes");
    });
}

#[test]
fn a_gateway_that_beats_keeps_what_it_has_reserved() {
    on_each_url(|url| {
        let folders: [_; 3] = std::array::from_fn(|_| tempfile::tempdir().expect("a folder"));
        let second = Duration::from_secs(1);
        let living = open(url, folders[0].path(), second);
        living.reserve("1", NOW_MS, &claim("key:living", 30)).expect("asks").expect("passes");
        // What is given back of the dead one shows that a whole lease was watched.
        reserve_and_die(url, folders[1].path(), "key:gone");
        let watching = open(url, folders[2].path(), second);
        wait_for_nothing_reserved(&watching, "key:gone");
        assert_eq!(balance(&watching, "key:living"), Balance { spent: 0, reserved: 30 });
        living.release("1");
        assert_eq!(balance(&watching, "key:living"), Balance::default());
    });
}
