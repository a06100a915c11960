//! What clients have seen is in the ledger, and budgets hold: with gateways that are killed and databases that go away.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ironbridge_ledger::{Address, Allowance, Balance, Claim, Store};
use ironbridge_testkit::PostgresServer;

use crate::command::Home;
use crate::ledger::{Whole, ask_with, ids};
use crate::start::Running;

/// A line a request would fill the pipe of the log, which nobody reads here.
const FLAGS: [&str; 3] = ["--offline", "--log-level", "error"];

/// The ids of replies that came whole.
#[derive(Default)]
struct Seen(Mutex<BTreeSet<String>>);

impl Seen {
    fn note(&self, whole: &Whole) {
        self.0.lock().unwrap().insert(whole.id.clone());
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Returns once the ledger holds all of them; the test's watchdog ends what never comes.
    fn wait_until_kept(&self, store: &mut Store) {
        loop {
            let kept = ids(store);
            if self.0.lock().unwrap().is_subset(&kept) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn store(url: &str) -> Store {
    Store::open_to_read(&Address::parse(url, std::path::Path::new("/")).unwrap()).unwrap()
}

/// Four clients that ask until `enough` of them were answered whole; `meanwhile` runs beside them.
fn under_load(address: &str, seen: &Seen, enough: usize, meanwhile: impl FnOnce(&AtomicUsize)) {
    let answered = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for client in 0..4 {
            let answered = &answered;
            scope.spawn(move || {
                while answered.load(Ordering::Relaxed) < enough {
                    let whole = ask_with(address, client % 2 == 0, "").expect("it is there");
                    assert_eq!(whole.status, 200, "{}", whole.body);
                    seen.note(&whole);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        meanwhile(&answered);
    });
}

fn wait_for(count: &AtomicUsize, enough: usize) {
    while count.load(Ordering::Relaxed) < enough {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_database_that_goes_away_under_load_costs_no_reply_and_no_record() {
    let Some(mut server) = PostgresServer::start() else { return };
    let url = server.database("ledger");
    let home = Home::new();
    let mut running = Running::start_with(&home, &FLAGS, &[("DATABASE_URL", &url)]);
    let seen = Seen::default();
    let address = running.address.clone();
    under_load(&address, &seen, 300, |answered| {
        wait_for(answered, 60);
        server.stop();
        wait_for(answered, 200);
        server.resume();
    });
    seen.wait_until_kept(&mut store(&url));
    running.stop();
}

#[test]
fn what_two_gateways_on_one_file_had_written_when_both_were_killed_one_brings_in() {
    let home = Home::new();
    let mut gateways = [(); 2].map(|()| Running::start(&home, &FLAGS));
    let seen = Seen::default();
    std::thread::scope(|scope| {
        let clients: Vec<_> = gateways
            .iter()
            .map(|gateway| {
                let (seen, address) = (&seen, gateway.address.clone());
                scope.spawn(move || {
                    while let Some(whole) = ask_with(&address, true, "") {
                        seen.note(&whole);
                    }
                })
            })
            .collect();
        while seen.count() < 200 {
            std::thread::sleep(Duration::from_millis(1));
        }
        gateways.iter_mut().for_each(Running::kill);
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
    let mut alone = Running::start(&home, &FLAGS);
    let file = format!("sqlite:{}", home.path().join("ironbridge.db").display());
    seen.wait_until_kept(&mut store(&file));
    alone.stop();
}

/// The budget of the three gateways' only key.
const BUDGET: &str = "400requests";

/// A key of the first home, which the others get as well.
fn key_for(homes: &[Home]) -> (String, String) {
    let made = homes[0]
        .command(&["key", "new", "--name", "all", "--budget", BUDGET])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let key = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    for home in &homes[1..] {
        std::fs::copy(homes[0].path().join("keys.json"), home.path().join("keys.json")).unwrap();
    }
    let id = key.split('_').nth(1).unwrap().to_owned();
    (key, id)
}

#[test]
fn of_three_gateways_on_one_database_one_is_killed_and_nothing_is_lost_or_overspent() {
    let Some(server) = PostgresServer::start() else { return };
    let url = server.database("ledger");
    let homes = [(); 3].map(|()| Home::with(&[("config.toml", "[ledger]\nlease = \"2s\"\n")]));
    let (key, key_id) = key_for(&homes);
    let variables = [("DATABASE_URL", url.as_str())];
    let start = |home: &Home| Running::start_with(home, &FLAGS, &variables);
    let mut gateways = homes.each_ref().map(start);
    let header = format!("authorization: Bearer {key}\r\n");
    let (seen, passed) = (Seen::default(), AtomicUsize::new(0));
    let balance = |store: &mut Store| -> Balance {
        let allowance: Allowance = BUDGET.parse().unwrap();
        store.balance(&Claim::account_of_key(&key_id), &allowance, 1_763_728_567_000).unwrap()
    };
    std::thread::scope(|scope| {
        for gateway in &gateways {
            for _ in 0..2 {
                let (address, header) = (gateway.address.clone(), &header);
                let (seen, passed) = (&seen, &passed);
                scope.spawn(move || {
                    // Until the gateway is gone or nothing more is to be spent at the moment.
                    while let Some(whole) = ask_with(&address, true, header) {
                        seen.note(&whole);
                        if whole.status != 200 {
                            assert_eq!(whole.status, 402, "{}", whole.body);
                            return;
                        }
                        passed.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        }
        wait_for(&passed, 120);
        let pid = gateways[0].pid().to_string();
        assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    });
    // What the killed one had reserved comes back to the others.
    let mut reader = store(&url);
    loop {
        let whole = ask_with(&gateways[1].address, false, &header).unwrap();
        seen.note(&whole);
        match whole.status {
            200 => passed.fetch_add(1, Ordering::Relaxed),
            _ if balance(&mut reader).reserved == 0 => break,
            _ => continue,
        };
    }
    // Those that live spend the budget to its end and no further.
    assert_eq!(balance(&mut reader).spent, 400);
    // All that is recorded is booked, and nothing else.
    gateways[0] = start(&homes[0]);
    seen.wait_until_kept(&mut reader);
    let kept = |store: &mut Store| {
        let (mut completed, mut after) = (0, None);
        loop {
            let page = store.list(&Default::default(), after.as_ref(), 500).unwrap();
            let spent = |one: &&ironbridge_ledger::Exchange| one.limited_by.is_none();
            completed += page.exchanges.iter().filter(spent).count() as u64;
            after = page.next;
            if after.is_none() {
                return completed;
            }
        }
    };
    let Balance { spent, reserved } = balance(&mut reader);
    let completed = kept(&mut reader);
    let passed = passed.load(Ordering::Relaxed) as u64;
    assert_eq!((spent, reserved), (completed, 0), "{passed} were seen");
    // What lay in the killed one's journal alone comes on top: its reservations were given back before it was brought in.
    assert!(passed <= spent, "{passed} of {spent}");
    gateways.iter_mut().for_each(Running::stop);
}
