//! `[ledger]`: exchanges kept by a real process, also by one that is killed.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ironbridge_ledger::{Address, JournalSettings, Ledger, LedgerSettings, Retention, Store};
use ironbridge_testkit::{Script, Upstream, Usage, chat};

use crate::command::Home;
use crate::start::Running;

const CONFIG: &str = "[ledger]\nurl = \"sqlite:books.db\"\n";
const BODY: &str = r#"{"model":"m","stream":STREAM,"messages":[{"role":"user","content":"hi"}]}"#;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The ids of all exchanges of a ledger.
pub(crate) fn ids(store: &mut Store) -> BTreeSet<String> {
    let (mut ids, mut after) = (BTreeSet::new(), None);
    loop {
        let page = store.list(&Default::default(), after.as_ref(), 500).unwrap();
        ids.extend(page.exchanges.into_iter().map(|exchange| exchange.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

/// A reply that came whole.
pub(crate) struct Whole {
    pub(crate) status: u16,
    /// The id of its exchange.
    pub(crate) id: String,
    pub(crate) body: String,
}

/// Asks once; the id of the exchange, where the reply came whole.
fn ask(address: &str, stream: bool) -> Option<String> {
    ask_with(address, stream, "").map(|whole| whole.id)
}

/// The same with header lines, each with its end.
pub(crate) fn ask_with(address: &str, stream: bool, headers: &str) -> Option<Whole> {
    let body = BODY.replace("STREAM", if stream { "true" } else { "false" });
    let mut socket = TcpStream::connect(address).ok()?;
    write!(
        socket,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut reply = Vec::new();
    // A reply that broke off counts as far as it came.
    let _ = socket.read_to_end(&mut reply);
    let reply = String::from_utf8_lossy(&reply);
    let (head, rest) = reply.split_once("\r\n\r\n")?;
    let value = |name: &str| {
        head.lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix(name).map(str::to_owned))
    };
    let whole = match value("content-length: ") {
        Some(length) => rest.len() >= length.parse().ok()?,
        None => rest.contains("data: [DONE]"),
    };
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let whole = whole.then(|| Whole { status, id: String::new(), body: rest.to_owned() })?;
    Some(Whole { id: value("x-request-id: ")?, ..whole })
}

#[test]
#[cfg(unix)]
fn what_clients_have_seen_whole_survives_a_kill() {
    let home = Home::with(&[("config.toml", CONFIG)]);
    let seen = Mutex::new(BTreeSet::new());
    for round in 1..=3 {
        let mut running = Running::start(&home, &["--offline"]);
        let (address, asked) = (running.address.clone(), AtomicUsize::new(0));
        let before = seen.lock().unwrap().len();
        std::thread::scope(|scope| {
            for client in 0..4 {
                let (address, asked, seen) = (&address, &asked, &seen);
                scope.spawn(move || {
                    // Until the gateway is gone.
                    while let Some(id) = ask(address, client % 2 == 0) {
                        seen.lock().unwrap().insert(id);
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            while asked.load(Ordering::Relaxed) < 60 * round {
                std::thread::yield_now();
            }
            running.kill();
        });
        assert!(seen.lock().unwrap().len() >= before + 60 * round);
    }
    // What no gateway has written yet is in the journal.
    let journal = JournalSettings {
        folder: home.path().join("journal"),
        bytes_max: 1 << 30,
        survives_power_loss: false,
    };
    let address = Address::file(home.path().join("books.db"));
    let retention = Retention::default();
    let lease = Duration::from_secs(60);
    let ledger = Ledger::open(LedgerSettings { address, journal, retention, lease }).unwrap();
    assert!(ledger.flush(PATIENCE));
    let kept = ids(&mut ledger.reader().unwrap());
    let lost: Vec<_> = seen.lock().unwrap().difference(&kept).cloned().collect();
    assert_eq!(lost, Vec::<String>::new(), "of {}", kept.len());
}

#[test]
#[cfg(unix)]
fn the_variable_alone_is_enough_and_a_second_gateway_has_a_journal_of_its_own() {
    let home = Home::new();
    let variables = [("DATABASE_URL", "sqlite:elsewhere.db")];
    let mut first = Running::start_with(&home, &["--offline"], &variables);
    let mut second = Running::start_with(&home, &["--offline"], &variables);
    let asked = [ask(&first.address, false).unwrap(), ask(&second.address, true).unwrap()];
    for running in [&mut first, &mut second] {
        running.stop();
    }
    let mut store = Store::open_to_read(&Address::file(home.path().join("elsewhere.db"))).unwrap();
    assert_eq!(ids(&mut store), BTreeSet::from(asked));
    assert!(home.path().join("journal").is_dir() && home.path().join("journal-2").is_dir());
}

#[test]
#[cfg(unix)]
fn without_a_config_records_go_into_the_data_folder_and_bodies_do_not() {
    let home = Home::new();
    let mut running = Running::start(&home, &["--offline"]);
    let asked = ask(&running.address, false).unwrap();
    running.stop();
    let mut store = Store::open_to_read(&Address::file(home.path().join("ironbridge.db"))).unwrap();
    assert_eq!(ids(&mut store), BTreeSet::from([asked.clone()]));
    assert_eq!(store.bodies(&asked).unwrap(), None);
}

#[test]
#[cfg(unix)]
fn who_wants_no_ledger_has_none() {
    let home = Home::with(&[("config.toml", "[ledger]\nurl = \"off\"\n")]);
    let mut running = Running::start(&home, &["--offline"]);
    ask(&running.address, false).unwrap();
    running.stop();
    assert!(!home.path().join("journal").exists() && !home.path().join("ironbridge.db").exists());
}

#[test]
#[cfg(unix)]
fn bodies_are_kept_by_the_variable_unless_the_config_says_otherwise() {
    for (config, kept) in [("", true), ("[ledger]\nbodies = \"off\"\n", false)] {
        let home = Home::with(&[("config.toml", config)]);
        let variables = [("STORAGE_ENABLED", "true")];
        let mut running = Running::start_with(&home, &["--offline"], &variables);
        let asked = ask(&running.address, true).unwrap();
        running.stop();
        let mut store =
            Store::open_to_read(&Address::file(home.path().join("ironbridge.db"))).unwrap();
        let bodies = store.bodies(&asked).unwrap();
        assert_eq!(bodies.is_some(), kept, "{config}");
        let Some(bodies) = bodies else { continue };
        let exchange = store.find(&asked).unwrap().unwrap();
        assert_eq!(bodies.until_ms - exchange.began_ms, 7 * 86_400_000);
        let reply = bodies.reply.and_then(|reply| reply.text()).unwrap();
        assert!(reply.contains("You said: hi"), "{reply}");
    }
}

#[test]
#[cfg(unix)]
fn a_folder_that_takes_no_ledger_keeps_no_gateway_from_starting() {
    let home = Home::new();
    std::fs::write(home.path().join("journal"), "a file where the folder should be").unwrap();
    let mut running = Running::start(&home, &["--offline"]);
    assert!(ask(&running.address, false).is_some());
    running.stop();
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let home = Home::with(&[("config.toml", CONFIG)]);
    std::fs::write(home.path().join("books.db"), "this is no database, whatever its name says")
        .unwrap();
    let mut command = home.command(&["start", "--port", "0", "--offline"]);
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.starts_with("error: the ledger cannot be opened"), "{told}");
}

#[test]
#[cfg(unix)]
fn a_ledger_is_copied_exported_and_brought_elsewhere() {
    let home = Home::new();
    let mut running = Running::start(&home, &["--offline"]);
    let asked = ask(&running.address, false).unwrap();
    // What is asked of the database is there before the copy is made.
    while ids_of(&home, "ironbridge.db").is_empty() {
        std::thread::yield_now();
    }
    let backup = home.path().join("backup.db").display().to_string();
    let made = home.command(&["ledger", "backup", &backup]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let again = home.command(&["ledger", "backup", &backup]).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    let busy = home.command(&["ledger", "restore", &backup]).output().unwrap();
    let told = String::from_utf8(busy.stderr).unwrap();
    assert!(told.starts_with("error: a gateway has the ledger open"), "{told}");
    let later = ask(&running.address, false).unwrap();
    running.stop();
    assert_eq!(ids_of(&home, "ironbridge.db"), BTreeSet::from([asked.clone(), later.clone()]));

    let lines = home.command(&["ledger", "export"]).output().unwrap();
    assert!(lines.status.success() && String::from_utf8_lossy(&lines.stdout).lines().count() == 2);
    let restored = home.command(&["ledger", "restore", &backup]).output().unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert_eq!(ids_of(&home, "ironbridge.db"), BTreeSet::from([asked.clone()]));

    let file = home.path().join("lines").display().to_string();
    std::fs::write(&file, lines.stdout).unwrap();
    let imported = home.command(&["ledger", "import", &file]).output().unwrap();
    assert_eq!(String::from_utf8(imported.stderr).unwrap(), "1 new exchanges\n");
    assert_eq!(ids_of(&home, "ironbridge.db"), BTreeSet::from([asked, later]));
}

/// The ids of a ledger in the home.
fn ids_of(home: &Home, name: &str) -> BTreeSet<String> {
    Store::open_to_read(&Address::file(home.path().join(name)))
        .map_or_else(|_| BTreeSet::new(), |mut store| ids(&mut store))
}

#[test]
#[cfg(unix)]
fn an_own_price_counts_for_new_exchanges_and_by_reprice_for_old_ones() {
    let usage = Usage { input: 1000, cache_read: 400, cache_write: 0, output: 100, reasoning: 0 };
    let server =
        Upstream::start_on_thread(Script::always(chat::text("hi").usage(usage).as_asked()));
    let provider = format!(
        "[[provider]]\nname = \"house\"\nkind = \"openai\"\nbase_url = \"{}/v1\"\napi = [\"chat\"]\n",
        server.base_url()
    );
    let home = Home::with(&[("config.toml", &provider)]);
    let cost = |home: &Home, id: &str| {
        let file = Address::file(home.path().join("ironbridge.db"));
        let found = Store::open_to_read(&file).unwrap().find(id).unwrap().unwrap();
        (found.cost_picodollars, found.price_version)
    };
    let mut running = Running::start(&home, &[]);
    let before = ask(&running.address, false).unwrap();
    running.stop();
    assert_eq!(cost(&home, &before), (None, None), "nobody knows what the model costs");

    let price = "[[price]]\nmatch = \"m*\"\ninput = 2\noutput = 8.5\ncache_read = 0.25\n";
    home.write("config.toml", &format!("{provider}{price}"));
    let mut running = Running::start(&home, &[]);
    let after = ask(&running.address, false).unwrap();
    // 600 of input at 2, 400 read from the cache at 0.25, 100 of output at 8.5 USD for a million.
    let own = (Some(2_150_000_000), Some("own 2/0.25/2/2/8.5".to_owned()));
    let (status, told) = running.get(&format!("/api/exchanges/{after}"));
    assert_eq!(status, 200);
    let told: serde_json::Value =
        serde_json::from_str(told.split_once("\r\n\r\n").unwrap().1).unwrap();
    let classes: Vec<_> = told["cost_classes"].as_array().unwrap().iter().collect();
    let classes: Vec<_> = classes
        .into_iter()
        .filter(|class| class["tokens"] != 0)
        .map(|class| {
            format!("{} {} at {}", class["class"], class["tokens"], class["dollars_per_million"])
        })
        .collect();
    let expected =
        [r#""input" 600 at 2.0"#, r#""cache_read" 400 at 0.25"#, r#""output" 100 at 8.5"#];
    assert_eq!(classes, expected, "{told:#}");
    assert_eq!(told["cost"]["price_version"], "own");
    running.stop();
    assert_eq!(cost(&home, &after), own);

    let run = |arguments: &[&str]| {
        let done = home.command(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let would = run(&["ledger", "reprice", "--dry-run"]);
    assert_eq!(
        would,
        "1 of 2 exchanges would have another price; all of them together: 0.00215USD, now 0.0043USD\n"
    );
    assert_eq!(cost(&home, &before), (None, None));
    run(&["ledger", "reprice"]);
    assert_eq!(cost(&home, &before), own);
    assert!(run(&["ledger", "reprice", "--since", "1h"]).starts_with("0 of 2 exchanges"));
}
