//! What a console asks, on both databases.

use crate::databases::on_each;
use crate::sample::numbered;
use ironbridge_ledger::{
    Bodies, Cause, Digest, Entry, Exchange, Hash, KeptBodies, Latency, Neighbours, Packed, Prefix,
    Store, TieKind, Whole,
};

fn digest(exchange: &Exchange, own: u8, parent: Option<u8>) -> Digest {
    Digest {
        id: exchange.id.clone(),
        scope: "localhost".to_owned(),
        began_ms: exchange.began_ms,
        own: Hash([own; 16]),
        parent: parent.map(|hash| Hash([hash; 16])),
        grandparent: None,
        system: Hash([0; 16]),
        messages: 1,
        session: None,
        anchors: Vec::new(),
    }
}

#[test]
fn neighbours_are_those_of_a_list() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        // Three of them begin in the same millisecond.
        let all: Vec<Entry> = (0..7).map(|number| numbered(number).into()).collect();
        store.write(&all).expect("writes");
        let mut of = |number: u64| {
            let exchange = numbered(number);
            store.neighbours(exchange.began_ms, &exchange.id).expect("asks")
        };
        let id = |number: u64| Some(numbered(number).id);
        assert_eq!(of(0), Neighbours { newer: id(1), older: None });
        assert_eq!(of(3), Neighbours { newer: id(4), older: id(2) });
        assert_eq!(of(6), Neighbours { newer: None, older: id(5) });
    });
}

#[test]
fn a_conversation_comes_with_its_exchanges() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let (first, second) = (numbered(0), numbered(3));
        let entries = [
            Entry {
                digest: Some(digest(&first, 1, None)),
                exchange: first.clone(),
                ..Entry::default()
            },
            Entry {
                digest: Some(digest(&second, 2, Some(1))),
                exchange: second.clone(),
                ..Entry::default()
            },
            numbered(4).into(),
        ];
        store.write(&entries).expect("writes");
        let found = store.conversation_exchanges(&first.id).expect("asks");
        let exchanges: Vec<_> = found.iter().map(|(_, exchange)| exchange.clone()).collect();
        assert_eq!(exchanges, [first.clone(), second]);
        let tie = found[1].0.tie.as_ref().expect("it continues the first");
        assert_eq!((tie.kind, &tie.parent), (TieKind::Continues, &first.id));
        let summary =
            store.summary(Whole::Conversation, &first.id).expect("asks").expect("is there");
        assert_eq!(summary.sums.exchanges, 2);
        assert_eq!(store.summary(Whole::Conversation, "' OR 1=1 --").expect("asks"), None);
        assert_eq!(
            store.summary(Whole::Session, "session-0").expect("asks").map(|one| one.id),
            Some("session-0".into())
        );
    });
}

#[test]
fn latencies_are_those_of_the_newest_that_were_completed() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let timed = |number: u64, cause| Exchange {
            duration_ms: 100 * number,
            first_content_ms: (number > 1).then_some(10 * number),
            cause,
            began_ms: 1000 + number,
            ..numbered(number)
        };
        let all: Vec<Entry> = [
            timed(1, Cause::Completed),
            timed(2, Cause::Completed),
            timed(3, Cause::Timeout),
            timed(4, Cause::Completed),
        ]
        .map(Into::into)
        .into();
        store.write(&all).expect("writes");
        let mut of = |since, until, count| store.latencies(since, until, count).expect("asks");
        let latency = |duration_ms, first_content_ms| Latency { duration_ms, first_content_ms };
        let (first, second, fourth) =
            (latency(100, None), latency(200, Some(20)), latency(400, Some(40)));
        assert_eq!(of(0, 2000, 100), [fourth, second, first]);
        assert_eq!(of(0, 2000, 3), [fourth, second]);
        assert_eq!(of(1001, 1003, 100), [second, first]);
        assert_eq!(of(2000, 3000, 100), []);
    });
}

#[test]
fn the_exchanges_of_a_session_come_with_what_they_repeat() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let of_session = |number| Exchange { session: Some("one".into()), ..numbered(number) };
        let (first, second, third) = (of_session(0), of_session(3), of_session(6));
        let linked = |exchange: &Exchange, own, parent| Entry {
            digest: Some(digest(exchange, own, parent)),
            exchange: exchange.clone(),
            ..Entry::default()
        };
        let entries = [linked(&first, 1, None), linked(&second, 2, Some(1)), third.clone().into()];
        store.write(&entries).expect("writes");
        let prefix = |own, parent: Option<u8>, kind| Prefix {
            own: Hash([own; 16]),
            parent: parent.map(|hash| Hash([hash; 16])),
            grandparent: None,
            system: Hash([0; 16]),
            kind,
        };
        let continues = Some(TieKind::Continues);
        let expected = [
            (first, Some(prefix(1, None, None))),
            (second, Some(prefix(2, Some(1), continues))),
            (third, None),
        ];
        assert_eq!(store.session_prefixes("one", 10).expect("asks"), expected);
        assert_eq!(store.session_prefixes("one", 2).expect("asks"), expected[1..]);
        assert_eq!(store.session_prefixes("none", 2).expect("asks"), []);
    });
}

#[test]
fn which_bodies_are_kept_is_known_without_reading_them() {
    on_each(|address| {
        let mut store = Store::open(address, false).expect("opens");
        let bodies = Bodies { until_ms: 7, request: Packed::of(b"{}"), reply: None };
        let entry = Entry { exchange: numbered(0), bodies: Some(bodies), ..Entry::default() };
        store.write(&[entry, numbered(1).into()]).expect("writes");
        let kept = KeptBodies { until_ms: 7, request: true, reply: false };
        assert_eq!(store.kept_bodies(&numbered(0).id).expect("asks"), Some(kept));
        assert_eq!(store.kept_bodies(&numbered(1).id).expect("asks"), None);
    });
}
