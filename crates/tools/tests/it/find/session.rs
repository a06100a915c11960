//! Answers while somebody types.

use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use ironbridge_tools::find::{FileIndex, FindOptions, Session, Update};

use super::index::{still, tree};

const WATCHDOG: Duration = Duration::from_secs(120);

fn session(index: &FileIndex) -> (Session, Receiver<Update>) {
    let (sender, updates) = mpsc::channel();
    let session = index.session(20, move |update| {
        // The test may be over.
        let _: Result<(), _> = sender.send(update);
    });
    (session, updates)
}

/// The first whole answer to `query`.
fn complete(updates: &Receiver<Update>, query: &str) -> Vec<String> {
    loop {
        let update = updates.recv_timeout(WATCHDOG).expect("an answer to each query");
        if update.complete && update.query == query {
            return update.found.into_iter().map(|found| found.path).collect();
        }
    }
}

#[test]
fn each_query_is_answered_also_one_without_matches() {
    let (_folder, workspace) = tree(&["alpha.rs", "alphabet.rs", "beta.rs"]);
    let index = FileIndex::open(&workspace, ".", still()).unwrap();
    let (session, updates) = session(&index);
    // Asked before the walk is over, most likely: the whole answer comes all the same.
    session.set_query("alp");
    assert_eq!(complete(&updates, "alp"), ["alpha.rs", "alphabet.rs"]);
    session.set_query("alphab");
    assert_eq!(complete(&updates, "alphab"), ["alphabet.rs"]);
    session.set_query("zzz");
    assert_eq!(complete(&updates, "zzz"), [""; 0]);
    session.set_query("zzz");
    assert_eq!(complete(&updates, "zzz"), [""; 0]);
}

#[test]
fn one_session_ends_without_its_siblings() {
    let (_folder, workspace) = tree(&["one", "two"]);
    let index = FileIndex::open(&workspace, ".", FindOptions::default()).unwrap();
    let (first, _) = session(&index);
    let (second, updates) = session(&index);
    first.set_query("one");
    drop(first);
    second.set_query("two");
    assert_eq!(complete(&updates, "two"), ["two"]);
    drop(index);
    second.set_query("one");
    drop(second);
    assert!(updates.try_iter().all(|update| update.query != "one"), "the index was closed");
}
