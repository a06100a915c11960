//! What recording costs, what a record weighs, and how long the pages of a dashboard wait, on each database.
//!
//! `cargo xtask bench ledger` runs it; issue 7 §4 asks for 5 µs of processor time a request, 1 KB a record, and 50 ms a page
//! at ten million exchanges. `--rows N` (200,000), `--database sqlite|postgres|both`, `--folder DIR` (the system's, where
//! the databases stand; they are removed at the end).

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its table")]

use ironbridge_ledger::{
    Address, Attempt, By, DAY_MS, Digest, Entry, Exchange, Filter, Group, Hash, JournalSettings,
    Ledger, LedgerSettings, Range, Retention, Store, Whole,
};
use ironbridge_testkit::PostgresServer;
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The time between the first exchange and the last.
const SPAN_MS: u64 = 90 * DAY_MS;
/// When the last one began.
const END_MS: u64 = 1_763_728_567_000;
/// Entries of one transaction, as the writer takes them at most.
const BATCH: u64 = 500;
/// Exchanges of one session, which are one conversation.
const SESSION: u64 = 40;
/// Appends that are measured.
const APPENDS: u64 = 20_000;
/// Each page is asked so often.
const ASKED: usize = 21;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (mut rows, mut database, mut folder) = (200_000, "both".to_owned(), None);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{flag} wants a value"))?;
        match flag.as_str() {
            "--rows" => rows = value.replace('_', "").parse()?,
            "--database" => database = value,
            "--folder" => folder = Some(PathBuf::from(value)),
            _ => return Err(format!("{flag} is not known: --rows, --database, --folder").into()),
        }
    }
    let folder = match folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    record(folder.path())?;
    println!("\n{rows} exchanges\n");
    println!("| database | written | bytes each | page | median ms | slowest ms |");
    println!("|---|---:|---:|---|---:|---:|");
    if database != "postgres" {
        let path = folder.path().join("ledger.db");
        let bytes = || bytes_under(folder.path());
        fill_and_ask("SQLite", &Address::file(path), rows, &bytes)?;
        std::fs::remove_file(folder.path().join("ledger.db"))?;
    }
    if database != "sqlite"
        && let Some(server) = PostgresServer::start()
    {
        let address = Address::parse(&server.database("ledger"), folder.path())?;
        fill_and_ask("PostgreSQL", &address, rows, &|| server.bytes())?;
    }
    Ok(())
}

/// One of many, as a coding agent makes them.
fn exchange(number: u64, rows: u64) -> Exchange {
    let text = |text: &str| Some(text.to_owned());
    let model = ["claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-5", "gpt-5"]
        [(number % 4) as usize];
    Exchange {
        id: format!("req_{number:028x}"),
        began_ms: END_MS - SPAN_MS + number * SPAN_MS / rows.max(1),
        duration_ms: 4000 + number % 3000,
        first_content_ms: Some(800),
        status: 200,
        dialect: "messages".into(),
        endpoint: "messages".into(),
        stream: true,
        class: text("inference"),
        key_id: Some(format!("{:012x}", number % 20)),
        key_name: Some(format!("developer-{}", number % 20)),
        project: Some(format!("project-{}", number % 5)),
        domain: "gateway.example.com".into(),
        session: Some(format!("00000000-0000-4000-8000-{:012x}", number / SESSION)),
        model: model.into(),
        provider: text("anthropic"),
        target_model: text(model),
        target_dialect: text("messages"),
        reply_model: text(model),
        attempts: vec![Attempt {
            provider: "anthropic".into(),
            model: model.into(),
            status: Some(200),
            tries: 1,
            error: None,
            duration_ms: 800,
        }],
        tool_calls: vec!["Read".into(), "Bash".into()],
        finish: text("tool_use"),
        input_tokens: Some(number % 900),
        output_tokens: Some(number % 400),
        cache_read_tokens: Some(60_000),
        cache_write_5m_tokens: Some(800),
        cost_picodollars: Some(30_000_000_000),
        price_version: text("2026-11-21 3/0.3/3.75/6/15"),
        upstream_request_id: Some(format!("req_011CV{number:018}")),
        reply_id: Some(format!("msg_01{number:020}")),
        request_bytes: 300_000,
        reply_bytes: 2000,
        ..Exchange::default()
    }
}

/// What ties it to the one before of its session.
fn digest(number: u64, exchange: &Exchange) -> Digest {
    let hash = |of: u64| {
        let mut hash = Hash([7; 16]);
        hash.0[..8].copy_from_slice(&of.to_le_bytes());
        hash
    };
    Digest {
        id: exchange.id.clone(),
        scope: exchange.domain.clone(),
        began_ms: exchange.began_ms,
        own: hash(number),
        parent: (!number.is_multiple_of(SESSION)).then(|| hash(number - 1)),
        system: Hash([1; 16]),
        session: Some(hash(number / SESSION)),
        messages: u32::try_from(2 * (number % SESSION) + 1).unwrap_or(u32::MAX),
        ..Digest::default()
    }
}

/// The processor's time of this thread.
fn thread_time() -> Outcome<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text.split(' ').next().ok_or("schedstat is empty")?.parse()?;
    Ok(Duration::from_nanos(nanos))
}

/// That of all threads.
fn process_time() -> Outcome<Duration> {
    let mut nanos = 0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanos += text.split(' ').next().ok_or("schedstat is empty")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// What an append costs the thread of a request, and the process with its writer, beside one bare write of as many bytes.
fn record(folder: &Path) -> Outcome<()> {
    let folder = folder.join("recording");
    std::fs::create_dir(&folder)?;
    let entries: Vec<Entry> = (0..APPENDS).map(|number| exchange(number, APPENDS).into()).collect();
    let settings = LedgerSettings {
        address: Address::file(folder.join("ledger.db")),
        journal: JournalSettings {
            folder: folder.join("journal"),
            bytes_max: 4 << 30,
            survives_power_loss: false,
        },
        retention: Retention::default(),
        lease: Duration::from_secs(60),
    };
    let ledger = Ledger::open(settings)?;
    let (thread, process) = (thread_time()?, process_time()?);
    for entry in &entries {
        ledger.append(entry)?;
    }
    let append = thread_time()?.saturating_sub(thread);
    if !ledger.flush(Duration::from_secs(600)) {
        return Err("the entries are not written after ten minutes".into());
    }
    let all = process_time()?.saturating_sub(process);
    drop(ledger);

    let bytes = serde_json::to_vec(&entries[0].exchange)?;
    let mut file = File::create(folder.join("bare"))?;
    let thread = thread_time()?;
    for _ in &entries {
        file.write_all(&bytes)?;
    }
    let bare = thread_time()?.saturating_sub(thread);
    std::fs::remove_dir_all(&folder)?;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / APPENDS as f64;
    println!("| processor µs a record | |");
    println!("|---|---:|");
    println!("| on the request's thread (journal) | {:.2} |", each(append));
    println!("| of the whole process, with the writer and SQLite | {:.2} |", each(all));
    println!("| a bare write of as many bytes | {:.2} |", each(bare));
    Ok(())
}

fn bytes_under(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_under(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(bytes).sum()
}

fn fill_and_ask(name: &str, address: &Address, rows: u64, bytes: &dyn Fn() -> u64) -> Outcome<()> {
    let mut store = Store::open(address, false)?;
    let before = bytes();
    let began = Instant::now();
    for first in (0..rows).step_by(usize::try_from(BATCH)?) {
        let entries: Vec<Entry> = (first..(first + BATCH).min(rows))
            .map(|number| {
                let exchange = exchange(number, rows);
                Entry { digest: Some(digest(number, &exchange)), ..exchange.into() }
            })
            .collect();
        store.write(&entries)?;
        if first % (rows / 20 / BATCH * BATCH).max(BATCH) == 0 {
            eprintln!("{name}: {first} of {rows} after {:.0} s", began.elapsed().as_secs_f64());
        }
    }
    let rate = rows as f64 / began.elapsed().as_secs_f64();
    drop(store);
    let each = bytes().saturating_sub(before) / rows.max(1);
    let mut reader = Store::open_to_read(address)?;
    for (number, (page, ask)) in pages(rows).into_iter().enumerate() {
        let mut times = Vec::with_capacity(ASKED);
        for _ in 0..ASKED {
            let asked = Instant::now();
            ask(&mut reader)?;
            times.push(asked.elapsed());
        }
        times.sort_unstable();
        let millis = |at: usize| times[at].as_secs_f64() * 1e3;
        let first = if number == 0 { format!("{rate:.0}/s | {each}") } else { " | ".to_owned() };
        println!(
            "| {} | {first} | {page} | {:.2} | {:.2} |",
            if number == 0 { name } else { "" },
            millis(ASKED / 2),
            millis(ASKED - 1)
        );
    }
    Ok(())
}

type Ask = Box<dyn Fn(&mut Store) -> Outcome<()>>;

/// What every page of the dashboard asks.
fn pages(rows: u64) -> Vec<(String, Ask)> {
    let middle = exchange(rows / 2, rows);
    let list = |by: Option<By>| -> Ask {
        Box::new(move |store| {
            let filter = Filter { by: by.clone(), ..Filter::default() };
            let page = store.list(&filter, None, 50)?;
            // A second page, as who scrolls asks for it.
            store.list(&filter, page.next.as_ref(), 50)?;
            Ok(())
        })
    };
    let sums = |days: u64, by_span: bool, group: Option<Group>| -> Ask {
        Box::new(move |store| {
            let range = Range::between(END_MS - days * DAY_MS, END_MS + DAY_MS);
            store.sums(range, by_span, group)?;
            Ok(())
        })
    };
    let summaries = |kind: Whole| -> Ask {
        Box::new(move |store| {
            let page = store.summaries(kind, None, 50)?;
            store.summaries(kind, page.next.as_ref(), 50)?;
            Ok(())
        })
    };
    let (id, began_ms) = (middle.id.clone(), middle.began_ms);
    let one: Ask = Box::new(move |store| {
        store.find(&id)?.ok_or("it is there")?;
        store.neighbours(began_ms, &id)?;
        store.link_of(&id)?;
        Ok(())
    });
    let session = middle.session.clone().unwrap_or_default();
    let of_session: Ask = Box::new(move |store| {
        store.summary(Whole::Session, &session)?.ok_or("it is there")?;
        Ok(())
    });
    let mut pages = vec![
        ("newest exchanges".to_owned(), list(None)),
        ("failed exchanges".to_owned(), list(Some(By::Failed))),
        ("of a key".to_owned(), list(middle.key_id.map(By::Key))),
        ("of a model".to_owned(), list(Some(By::Model(middle.model)))),
        ("of a project".to_owned(), list(middle.project.map(By::Project))),
        ("of a session".to_owned(), list(middle.session.map(By::Session))),
        ("one exchange, its neighbours and its link".to_owned(), one),
        ("sessions".to_owned(), summaries(Whole::Session)),
        ("conversations".to_owned(), summaries(Whole::Conversation)),
        ("one session".to_owned(), of_session),
        ("a day by the hour".to_owned(), sums(1, true, None)),
        ("ninety days by the day".to_owned(), sums(90, true, None)),
    ];
    let groups = [
        ("keys", Group::Key),
        ("models", Group::Model),
        ("projects", Group::Project),
        ("domains", Group::Domain),
    ];
    for (name, group) in groups {
        pages.push((format!("{name} of a week"), sums(7, false, Some(group))));
        pages.push((format!("{name} of ninety days"), sums(90, false, Some(group))));
    }
    pages
}
