//! What a console asks, on both databases.

use crate::databases::on_each;
use crate::sample::numbered;
use ironbridge_ledger::{Digest, Entry, Exchange, Hash, Neighbours, Store, TieKind, Whole};

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
