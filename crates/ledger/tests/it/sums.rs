//! Sums are those of the raw rows, lists of wholes are whole, and no page reads raw rows for a sum.

use crate::databases::{on_each, on_each_url};
use crate::sample::numbered;
use ironbridge_ledger::{
    Address, By, Cause, Cost, DAY_MS, Entry, Exchange, Filter, Group, HOUR_MS, Range, Store, Sums,
    Whole,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

fn entries(exchanges: &[Exchange]) -> Vec<Entry> {
    exchanges.iter().cloned().map(Entry::from).collect()
}

/// Any exchange of three days.
fn exchange() -> impl Strategy<Value = Exchange> {
    let words = (0..3_u8, 0..3_u8, 0..2_u8, 0..2_u8);
    let figures = (any::<u32>(), prop::option::of(any::<u64>()), prop::option::of(0..99_u64));
    (0..3 * DAY_MS, words, figures, any::<bool>()).prop_map(|(began_ms, words, figures, ok)| {
        let (duration, tokens, cost) = figures;
        let named = |name: &str, number: u8| (number > 0).then(|| format!("{name}-{number}"));
        Exchange {
            began_ms: 1_763_700_000_000 + began_ms,
            duration_ms: duration.into(),
            first_content_ms: ok.then_some(u64::from(duration) / 2),
            cause: if ok { Cause::Completed } else { Cause::ClientAbort },
            key_id: named("key", words.0),
            session: named("session", words.0),
            target_model: named("model", words.1),
            domain: format!("host-{}", words.2),
            class: named("class", words.3),
            limited_by: named("limit", words.3),
            // A provider may say any number.
            input_tokens: tokens,
            output_tokens: tokens.map(|tokens| tokens / 2),
            cost_picodollars: cost,
            tool_calls: vec!["Read".into(); usize::from(words.1)],
            ..Exchange::default()
        }
    })
}

#[test]
fn rollups_are_the_sums_of_the_raw_rows() {
    on_each(|address| {
        let cases = if format!("{address:?}").starts_with("sqlite") { 40 } else { 10 };
        let config = Config {
            cases,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(0x0001_F00D),
            ..Config::default()
        };
        let store = RefCell::new(Store::open(address, false).expect("opens"));
        let (raw, next) = (RefCell::new(Vec::<Exchange>::new()), Cell::new(0));
        let batches = (prop::collection::vec(exchange(), 1..40), 1..20_usize);
        TestRunner::new(config)
            .run(&batches, |(mut batch, together)| {
                let mut store = store.borrow_mut();
                for exchange in &mut batch {
                    next.set(next.get() + 1);
                    exchange.id = format!("req_{}", next.get());
                }
                for part in batch.chunks(together) {
                    store.write(&entries(part)).expect("writes");
                    store.write(&entries(part)).expect("a second time counts nothing");
                }
                raw.borrow_mut().extend(batch);
                agree(&mut store, &raw.borrow())
            })
            .unwrap_or_else(|error| panic!("{error}"));
    });
}

#[test]
fn sums_follow_when_history_is_priced_anew() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let mut raw: Vec<Exchange> = (0..700).map(numbered).collect();
        for (number, exchange) in raw.iter_mut().enumerate() {
            exchange.input_tokens = (number % 3 > 0).then_some(number as u64);
            exchange.cost_picodollars = (number % 5 == 0).then_some(1000);
        }
        for part in raw.chunks(100) {
            store.write(&entries(part)).expect("writes");
        }
        let price = |exchange: &Exchange| {
            let picodollars = exchange.input_tokens? * 7;
            Some(Cost { picodollars, price_version: "own 7/7/7/7/7".to_owned() })
        };
        let filter = Filter { by: Some(By::Model("model-1".into())), ..Filter::default() };
        let mut expected = raw.clone();
        let mut changed = 0;
        for exchange in expected.iter_mut().filter(|exchange| exchange.model == "model-1") {
            if let Some(cost) = price(exchange) {
                exchange.cost_picodollars = Some(cost.picodollars);
                exchange.price_version = Some(cost.price_version);
                changed += 1;
            }
        }
        let looked = store.reprice(&filter, true, price).expect("looks");
        agree(&mut store, &raw).expect("nothing is written");
        let done = store.reprice(&filter, false, price).expect("prices");
        assert_eq!((looked, done.changed), (done, changed));
        let cost = |of: &[Exchange]| -> u64 {
            let of = of.iter().filter(|exchange| exchange.model == "model-1");
            of.filter_map(|exchange| exchange.cost_picodollars).sum()
        };
        assert_eq!(
            (done.before_picodollars, done.after_picodollars),
            (cost(&raw), cost(&expected))
        );
        agree(&mut store, &expected).expect("sums follow");
        for exchange in &expected {
            assert_eq!(store.find(&exchange.id).expect("finds").as_ref(), Some(exchange));
        }
        for summary in store.summaries(Whole::Session, None, 100).expect("lists").summaries {
            let of = expected.iter().filter(|one| one.session.as_ref() == Some(&summary.id));
            let mut sums = Sums::default();
            of.for_each(|exchange| sums.add(&Sums::from(exchange)));
            assert_eq!(summary.sums, sums, "{}", summary.id);
        }
        let again = store.reprice(&filter, false, price).expect("prices");
        assert_eq!(again.changed, 0);
    });
}

/// Every way to ask for sums, held against the raw rows.
fn agree(store: &mut Store, raw: &[Exchange]) -> Result<(), TestCaseError> {
    type Value = fn(&Exchange) -> String;
    let groups: [(Option<Group>, Value); 5] = [
        (None, |_| String::new()),
        (Some(Group::Key), |exchange| exchange.key_id.clone().unwrap_or_default()),
        (Some(Group::Model), |exchange| exchange.target_model.clone().unwrap_or_default()),
        (Some(Group::Domain), |exchange| exchange.domain.clone()),
        (Some(Group::Class), |exchange| exchange.class.clone().unwrap_or_default()),
    ];
    let range = Range { since_ms: 0, until_ms: u64::MAX, span_ms: HOUR_MS };
    for (group, value) in groups {
        for (span_ms, by_span) in
            [(HOUR_MS, true), (DAY_MS, true), (HOUR_MS, false), (DAY_MS, false)]
        {
            let mut wanted: BTreeMap<(u64, String), Sums> = BTreeMap::new();
            for exchange in raw {
                let start = if by_span { exchange.began_ms / span_ms * span_ms } else { 0 };
                wanted.entry((start, value(exchange))).or_default().add(&Sums::from(exchange));
            }
            let points = store.sums(Range { span_ms, ..range }, by_span, group).expect("sums");
            let found: BTreeMap<_, _> = points
                .into_iter()
                .map(|point| ((point.start_ms, point.group), point.sums))
                .collect();
            prop_assert_eq!(&found, &wanted, "{:?} {} {}", group, span_ms, by_span);
        }
    }
    let mut wanted: BTreeMap<&str, Sums> = BTreeMap::new();
    for exchange in raw {
        if let Some(session) = &exchange.session {
            wanted.entry(session).or_default().add(&Sums::from(exchange));
        }
    }
    let page = store.summaries(Whole::Session, None, 500).expect("lists");
    let found: BTreeMap<&str, Sums> =
        page.summaries.iter().map(|summary| (summary.id.as_str(), summary.sums)).collect();
    prop_assert_eq!(found, wanted);
    Ok(())
}

#[test]
fn a_range_has_its_own_spans_only() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let at = |hour: u64| Exchange {
            id: format!("req_{hour}"),
            began_ms: hour * HOUR_MS + 1,
            ..Exchange::default()
        };
        store.write(&entries(&[at(10), at(11), at(12), at(13)])).expect("writes");
        let range = Range { since_ms: 11 * HOUR_MS + 5, until_ms: 13 * HOUR_MS, span_ms: HOUR_MS };
        let starts = |store: &mut Store, range| {
            let points = store.sums(range, true, None).expect("sums");
            points.into_iter().map(|point| point.start_ms / HOUR_MS).collect::<Vec<_>>()
        };
        assert_eq!(starts(&mut store, range), [11, 12]);
        assert_eq!(Range::between(0, 13 * HOUR_MS).span_ms, HOUR_MS);
        assert_eq!(Range::between(0, 15 * DAY_MS).span_ms, DAY_MS);
        assert_eq!(
            starts(&mut store, Range { since_ms: 0, until_ms: 0, ..range }),
            Vec::<u64>::new()
        );
    });
}

#[test]
fn sessions_are_listed_by_their_last_exchange_page_by_page() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let all: Vec<_> = (0..90).map(numbered).collect();
        for part in all.chunks(11) {
            store.write(&entries(part)).expect("writes");
        }
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.summaries(Whole::Session, after.as_ref(), 2).expect("lists");
            found.extend(page.summaries);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let ids: Vec<_> = found.iter().map(|session| session.id.as_str()).collect();
        assert_eq!(ids, ["session-4", "session-3", "session-2", "session-1", "session-0"]);
        assert!(found.iter().all(|session| session.sums.exchanges == 18));
        assert_eq!(
            (found[4].first_ms, found[4].last_ms),
            (numbered(0).began_ms, numbered(85).began_ms)
        );
    });
}

#[test]
fn what_is_old_is_forgotten_and_sums_stay() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let all: Vec<_> = (0..600).map(numbered).collect();
        store.write(&entries(&all)).expect("writes");
        let middle = numbered(300).began_ms;
        assert_eq!(store.forget_before(middle).expect("forgets"), 300);
        assert_eq!(store.forget_before(middle).expect("forgets"), 0);
        assert_eq!(store.find(&numbered(299).id).expect("finds"), None);
        assert_eq!(store.find(&numbered(300).id).expect("finds"), Some(numbered(300)));
        let range = Range { since_ms: 0, until_ms: u64::MAX, span_ms: DAY_MS };
        assert_eq!(store.sums(range, false, None).expect("sums")[0].sums.exchanges, 600);
    });
}

/// Rows of the table `exchange` when plans are looked at.
const MANY: usize = 200_000;

#[test]
fn no_page_reads_more_than_it_shows() {
    on_each_url(|url| {
        let address = Address::parse(url, std::path::Path::new("/")).expect("an address");
        let mut store = Store::open(&address, false).expect("opens");
        store.write(&entries(&(0..2000).map(numbered).collect::<Vec<_>>())).expect("writes");
        multiply(url);
        let by = |by| Filter { by: Some(by), ..Filter::default() };
        let filters = [
            Filter::default(),
            by(By::Failed),
            by(By::Key("key-2".into())),
            by(By::Session("session-3".into())),
            by(By::Model("model-1".into())),
            by(By::Domain("localhost".into())),
            by(By::Project("p".into())),
            by(By::Account("a".into())),
        ];
        let cursor = store.list(&Filter::default(), None, 1).expect("lists").next;
        let mut plans = Vec::new();
        for filter in &filters {
            for after in [None, cursor.as_ref()] {
                let plan = store.list_plan(filter, after).expect("explains");
                assert!(
                    plan.iter().any(|step| step.contains("exchange_")),
                    "{filter:?}: {plan:#?}"
                );
                plans.push(plan);
            }
        }
        let range = Range { since_ms: 0, until_ms: u64::MAX, span_ms: HOUR_MS };
        for group in [None, Some(Group::Key), Some(Group::Model)] {
            plans.push(store.sums_plan(range, true, group).expect("explains"));
            plans.push(store.sums_plan(range, false, group).expect("explains"));
        }
        plans.push(store.neighbours_plan().expect("explains"));
        plans.push(store.latencies_plan().expect("explains"));
        plans.push(store.session_prefixes_plan("session-1").expect("explains"));
        plans.push(store.conversation_plan("req_00000001").expect("explains"));
        for kind in [Whole::Session, Whole::Conversation] {
            plans.push(store.summaries_plan(kind).expect("explains"));
        }
        for plan in plans {
            // SQLite scans a table where it names no index; PostgreSQL says so.
            let scan = |step: &String| {
                step.contains("Seq Scan on exchange")
                    || (step.starts_with("SCAN exchange") && !step.contains("USING INDEX"))
            };
            assert!(!plan.iter().any(scan), "{plan:#?}");
        }
    });
}

/// Makes of each row of `exchange` a hundred, and lets the database count them.
fn multiply(url: &str) {
    let others: Vec<String> = serde_json::to_value(Exchange::default())
        .expect("JSON")
        .as_object()
        .expect("an object")
        .keys()
        .filter(|name| !["id", "began_ms"].contains(&name.as_str()))
        .cloned()
        .collect();
    let (others, copies) = (others.join(", "), MANY / 2000);
    let sql = format!(
        "INSERT INTO exchange (id, began_ms, {others}) WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL \
         SELECT n + 1 FROM copy WHERE n < {copies} - 1) SELECT id || '-' || CAST(n AS TEXT), \
         began_ms + 1000 * n, {others} FROM exchange, copy WHERE n >= 1; ANALYZE;"
    );
    match url.strip_prefix("sqlite:") {
        Some(path) => rusqlite::Connection::open(path)
            .expect("opens")
            .execute_batch(&sql)
            .expect("multiplies"),
        None => postgres::Client::connect(url, postgres::NoTls)
            .expect("connects")
            .batch_execute(&sql)
            .expect("multiplies"),
    }
}
