//! Client keys: changed as one, by several at once, and seen by all.

use crate::databases::on_each;
use crate::sample::numbered;
use ironbridge_ledger::Store;
use std::convert::Infallible;

fn put(store: &mut Store, id: &str, document: &str) {
    let put = store.change_keys(|keys| {
        keys.insert(id.to_owned(), document.to_owned());
        Ok::<_, Infallible>(())
    });
    put.expect("the database is there").expect("the change cannot fail");
}

#[test]
fn a_change_is_seen_whole_by_all_and_a_failed_one_by_nobody() {
    on_each(|address| {
        let mut one = Store::open(address, false).expect("opens");
        let mut other = Store::open(address, false).expect("opens");
        assert_eq!(one.keys_revision().expect("reads"), 0);
        put(&mut one, "a", "first");
        put(&mut other, "b", "second");
        assert_eq!(one.keys_revision().expect("reads"), 2);
        let failed = one.change_keys(|keys| {
            keys.insert("c".to_owned(), "third".to_owned());
            Err::<(), _>("no")
        });
        assert_eq!(failed.expect("the database is there"), Err("no"));
        let seen = other.change_keys(|keys| Ok::<_, Infallible>(keys.clone()));
        let seen = seen.expect("the database is there").expect("nothing changes");
        let seen: Vec<_> = seen.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
        assert_eq!(seen, [("a", "first"), ("b", "second")]);
        assert_eq!(other.keys_revision().expect("reads"), 2, "to look is no change");
    });
}

#[test]
fn of_changes_at_once_none_is_lost() {
    on_each(|address| {
        Store::open(address, false).expect("opens");
        std::thread::scope(|scope| {
            for number in 0..4 {
                scope.spawn(move || {
                    let mut store = Store::open(address, false).expect("opens");
                    for key in 0..10 {
                        put(&mut store, &format!("{number}-{key}"), "key");
                    }
                });
            }
        });
        let mut store = Store::open(address, false).expect("opens");
        let count = store.change_keys(|keys| Ok::<_, Infallible>(keys.len()));
        assert_eq!(count.expect("the database is there"), Ok(40));
        assert_eq!(store.keys_revision().expect("reads"), 40);
    });
}

#[test]
fn a_key_was_last_used_when_its_last_exchange_began() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let entries: Vec<_> = (0..20).map(|number| numbered(number).into()).collect();
        store.write(&entries).expect("writes");
        let last = (0..20).map(numbered).filter(|one| one.key_id.as_deref() == Some("key-2"));
        let last = last.map(|one| one.began_ms).max();
        assert!(last.is_some());
        assert_eq!(store.key_last_used_ms("key-2").expect("reads"), last);
        assert_eq!(store.key_last_used_ms("nobody").expect("reads"), None);
    });
}
