//! From one ledger to the other and back, nothing changes.

use crate::databases::on_each;
use crate::sample::{numbered, whole};
use ironbridge_ledger::{
    Address, DAY_MS, Digest, Entry, Exchange, Filter, Group, Message, Origin, Part, Range, Request,
    Role, Store, TransferError, Whole,
};

fn conversation() -> Vec<Entry> {
    let texts = ["hi", "hello", "more", "yes", "and?"];
    let message = |index: usize| Message {
        role: if index.is_multiple_of(2) { Role::User } else { Role::Assistant },
        parts: vec![Part::Text(texts[index].into())],
    };
    let entry = |(turn, length): (u64, usize)| {
        let request = Request { system: vec![], messages: (0..length).map(message).collect() };
        let exchange = whole(&format!("req_turn{turn}"), 1_763_700_000_000 + turn * 1000);
        let task = Part::ToolUse("t".into(), "Task".into(), r#"{"prompt":"go"}"#.into());
        let origin = Origin {
            id: &exchange.id,
            scope: "localhost",
            session: Some("session-7"),
            began_ms: exchange.began_ms,
        };
        let digest = Digest::of(origin, &request, &[task]);
        Entry { exchange, digest, ..Entry::default() }
    };
    [(0, 1), (1, 3), (2, 5), (3, 3)].into_iter().map(entry).collect()
}

fn export(store: &mut Store) -> (u64, Vec<u8>) {
    let mut lines = Vec::new();
    let count = store.export(&mut lines).expect("exports");
    (count, lines)
}

#[test]
fn a_ledger_goes_over_whole() {
    on_each(|address| {
        let mut first = Store::open(address, false).expect("opens");
        let exchanges: Vec<Entry> = (0..1200).map(|number| numbered(number).into()).collect();
        for part in exchanges.chunks(500) {
            first.write(part).expect("writes");
        }
        first.write(&conversation()).expect("writes");
        let (count, lines) = export(&mut first);
        assert_eq!(count, 1204);

        let folder = tempfile::tempdir().expect("a folder");
        let other = Address::file(folder.path().join("other.db"));
        let mut second = Store::open(&other, false).expect("opens");
        assert_eq!(second.import(&mut &lines[..]).expect("imports"), 1204);
        assert_eq!(second.import(&mut &lines[..]).expect("imports again"), 0);
        assert_eq!(export(&mut second), (1204, lines));

        let range = Range { since_ms: 0, until_ms: u64::MAX, span_ms: DAY_MS };
        for store in [&mut first, &mut second] {
            assert_eq!(store.conversation("req_turn0").expect("reads").len(), 4);
        }
        let mut same = |read: &dyn Fn(&mut Store) -> String| {
            assert_eq!(read(&mut first), read(&mut second));
        };
        same(&|store| format!("{:?}", store.sums(range, true, Some(Group::Key)).expect("sums")));
        same(&|store| format!("{:?}", store.summaries(Whole::Session, None, 99).expect("lists")));
        same(&|store| {
            format!("{:?}", store.summaries(Whole::Conversation, None, 99).expect("lists"))
        });
        same(&|store| format!("{:?}", store.conversation("req_turn0").expect("reads")));
        same(&|store| format!("{:?}", store.list(&Filter::default(), None, 500).expect("lists")));
    });
}

#[test]
fn a_line_that_is_no_entry_is_named_and_what_was_before_it_may_come_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(&Address::file(folder.path().join("a.db")), false).expect("opens");
    let line = |exchange: Exchange| serde_json::to_string(&Entry::from(exchange)).expect("JSON");
    let lines = format!("{}\n{}\nnonsense\n", line(numbered(1)), line(numbered(2)));
    let error = store.import(&mut lines.as_bytes()).expect_err("line 3");
    assert!(matches!(error, TransferError::NoEntry { line: 3 }), "{error}");
    let lines = lines.replace("nonsense\n", "");
    assert_eq!(store.import(&mut lines.as_bytes()).expect("imports"), 2);
}
