//! Writing and reading, the same on both databases.

use crate::databases::on_each;
use crate::sample::{numbered, whole};
use ironbridge_ledger::{Address, By, Cause, Cursor, Entry, Exchange, Filter, Store, StoreError};

fn open(address: &Address) -> Store {
    Store::open(address, false).expect("the ledger opens")
}

fn entries(exchanges: impl IntoIterator<Item = Exchange>) -> Vec<Entry> {
    exchanges.into_iter().map(Entry::from).collect()
}

#[test]
fn every_column_comes_back_as_it_was() {
    on_each(|address| {
        let mut store = open(address);
        let full = whole("req_full", 1_763_700_000_000);
        let empty = Exchange { id: "req_empty".into(), ..Exchange::default() };
        let most = Exchange {
            id: "req_most".into(),
            began_ms: i64::MAX as u64,
            status: u16::MAX,
            client_retries: Some(u32::MAX),
            ..whole("", 0)
        };
        let all = [full, empty, most];
        assert_eq!(store.write(&entries(all.clone())).expect("writes"), 3);
        for exchange in &all {
            assert_eq!(store.find(&exchange.id).expect("finds").as_ref(), Some(exchange));
        }
        assert_eq!(store.find("req_other").expect("finds"), None);
    });
}

#[test]
fn what_no_database_holds_is_bent_not_refused() {
    on_each(|address| {
        let mut store = open(address);
        let odd = Exchange {
            id: "req_odd".into(),
            error: Some("a\0b".into()),
            began_ms: u64::MAX,
            ..Exchange::default()
        };
        store.write(&entries([odd])).expect("writes");
        let found = store.find("req_odd").expect("finds").expect("is there");
        assert_eq!(found.error.as_deref(), Some("a\u{fffd}b"));
        assert_eq!(found.began_ms, i64::MAX as u64);
    });
}

#[test]
fn an_id_is_written_once_however_often_it_comes() {
    on_each(|address| {
        let mut store = open(address);
        let first = entries((0..100).map(numbered));
        assert_eq!(store.write(&first).expect("writes"), 100);
        assert_eq!(store.write(&first).expect("writes"), 0);
        let mut changed = numbered(5);
        changed.cause = Cause::Fault;
        let twice =
            entries((90..110).map(numbered).chain((90..110).map(numbered)).chain([changed]));
        assert_eq!(store.write(&twice).expect("writes"), 10);
        assert_eq!(store.find("req_00000005").expect("finds"), Some(numbered(5)));
    });
}

#[test]
fn a_list_is_whole_page_by_page() {
    on_each(|address| {
        let mut store = open(address);
        let all: Vec<_> = (0..200).map(numbered).collect();
        store.write(&entries(all.clone())).expect("writes");
        let by = |by: By| Filter { by: Some(by), ..Filter::default() };
        type Keeps = fn(&Exchange) -> bool;
        let cases: [(Filter, Keeps); 6] = [
            (Filter::default(), |_| true),
            (by(By::Failed), |exchange| exchange.cause != Cause::Completed),
            (by(By::Model("model-1".into())), |exchange| exchange.model == "model-1"),
            (by(By::Key("key-2".into())), |exchange| exchange.key_id.as_deref() == Some("key-2")),
            (by(By::Session("session-4".into())), |exchange| {
                exchange.session.as_deref() == Some("session-4")
            }),
            (
                Filter {
                    since_ms: Some(1_700_000_000_010),
                    until_ms: Some(1_700_000_000_020),
                    by: None,
                },
                |exchange| (1_700_000_000_010..1_700_000_000_020).contains(&exchange.began_ms),
            ),
        ];
        for (filter, keeps) in cases {
            let mut wanted: Vec<_> =
                all.iter().filter(|exchange| keeps(exchange)).cloned().collect();
            wanted.sort_by(|a, b| (b.began_ms, &b.id).cmp(&(a.began_ms, &a.id)));
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = store.list(&filter, after.as_ref(), 7).expect("lists");
                assert!(page.exchanges.len() <= 7);
                found.extend(page.exchanges);
                after = page.next.map(|next| Cursor::parse(&next.to_text()).expect("a cursor"));
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, wanted, "{filter:?}");
        }
    });
}

#[test]
fn a_reader_cannot_write() {
    on_each(|address| {
        open(address).write(&entries([numbered(1)])).expect("writes");
        let mut reader = Store::open_to_read(address).expect("opens");
        assert_eq!(reader.list(&Filter::default(), None, 10).expect("lists").exchanges.len(), 1);
        let error = reader.write(&entries([numbered(2)])).expect_err("must not write");
        assert!(error.to_string().contains("read"), "{error}");
        assert_eq!(reader.find("req_00000002").expect("finds"), None);
    });
}

#[test]
fn several_that_start_at_once_make_one_schema() {
    on_each(|address| {
        std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4)
                .map(|number| {
                    scope.spawn(move || {
                        Store::open(address, false)?.write(&entries([numbered(number)]))
                    })
                })
                .collect();
            for start in starts {
                assert_eq!(start.join().expect("no panic").expect("opens and writes"), 1);
            }
        });
        assert_eq!(
            open(address).list(&Filter::default(), None, 10).expect("lists").exchanges.len(),
            4
        );
    });
}

#[test]
fn a_later_schema_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let address = Address::file(&path);
    drop(open(&address));
    let later = rusqlite::Connection::open(&path).expect("opens");
    later.execute("INSERT INTO migration VALUES (99, 0)", []).expect("inserts");
    for opened in [Store::open(&address, false), Store::open_to_read(&address)] {
        let error = opened.expect_err("a later schema");
        assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error}");
    }
}

#[test]
fn an_address_that_is_none_says_why_and_hides_the_password() {
    let folder = std::path::Path::new("/data");
    for (url, why) in [
        (
            "mysql://root:secret@host/db",
            "`mysql` is no address of a ledger: it begins with neither `sqlite:` nor `postgres://`",
        ),
        ("sqlite:", "`sqlite:` is no address of a ledger: a file's path must follow `sqlite:`"),
        (
            "postgres://u:secret@h/db?sslmode=require",
            "`postgres://…` is no address of a ledger: connections with TLS (`sslmode=require`) are not there yet",
        ),
        (
            "postgres://u:secret@h/db?nonsense=1",
            "`postgres://…` is no address of a ledger: invalid connection string: unknown option `nonsense`",
        ),
    ] {
        let error = Address::parse(url, folder).expect_err(url);
        assert_eq!(error.to_string(), why);
    }
    let address = Address::parse("postgres://u:secret@h/db", folder).expect("an address");
    assert_eq!(format!("{address:?}"), "postgres://…/db");
    let address = Address::parse("sqlite:x/y.db", folder).expect("an address");
    assert_eq!(format!("{address:?}"), "sqlite:/data/x/y.db");
}
