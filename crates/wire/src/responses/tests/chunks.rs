//! How a stream is cut into chunks never shows, and what is written is read again.

use super::{read_chunks, write_events};
use crate::event::{Delta, Event, Opening};
use crate::part::CallKind;
use crate::reply::Finish;
use crate::usage::Usage;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};
use proptest::test_runner::RngSeed;

/// A part with its deltas; never empty, since an empty one leaves nothing to read.
fn part() -> impl Strategy<Value = (Opening, Vec<Delta>)> {
    let texts = || prop::collection::vec("[a-zé\\n\"]{1,6}", 1..4);
    let said = |opening: Opening| {
        texts().prop_map(move |texts| {
            (opening.clone(), texts.into_iter().map(Delta::Text).collect::<Vec<_>>())
        })
    };
    let kind = prop_oneof![Just(CallKind::Function), Just(CallKind::Custom)];
    let called = (kind, "[a-z]{1,5}", texts()).prop_map(|(kind, name, texts)| {
        let opening = Opening::Call { id: format!("call_{name}"), name, kind };
        (opening, texts.into_iter().map(Delta::Arguments).collect())
    });
    prop_oneof![said(Opening::Text), said(Opening::Thinking), said(Opening::Refusal), called]
}

fn stream(parts: Vec<(Opening, Vec<Delta>)>) -> Vec<Event> {
    let called = parts.iter().any(|(opening, _)| matches!(opening, Opening::Call { .. }));
    let refused = parts.iter().any(|(opening, _)| *opening == Opening::Refusal);
    let mut events = vec![
        Event::ServiceTier("default".to_owned()),
        Event::Start { id: "resp_1".to_owned(), model: "m".to_owned(), created: 5 },
    ];
    for (part, (opening, deltas)) in parts.into_iter().enumerate() {
        events.push(Event::Open { part, opening });
        events.extend(deltas.into_iter().map(|delta| Event::Delta { part, delta }));
        events.push(Event::Close { part });
    }
    let usage = Usage {
        input: 3,
        cache_read: Some(2),
        cache_write: Some(1),
        cache_write_1h: None,
        output: 4,
        reasoning: Some(1),
    };
    let finish = match (called, refused) {
        (true, _) => Finish::ToolCalls,
        (false, true) => Finish::Refusal,
        (false, false) => Finish::Stop,
    };
    events.extend([Event::Usage(usage), Event::Finish(finish), Event::End]);
    events
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_chunking_gives_the_events_that_were_written(
        parts in prop::collection::vec(part(), 0..5),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let events = stream(parts);
        let (bytes, changes) = write_events(events.clone());
        assert!(changes.is_empty());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.sort_unstable();
        let mut chunks = Vec::new();
        let mut from = 0;
        for cut in cuts.into_iter().chain([bytes.len()]) {
            chunks.push(&bytes[from..cut]);
            from = cut;
        }
        assert_eq!(read_chunks(chunks), events);
    }
}

#[test]
fn every_single_offset() {
    let parts = vec![
        (Opening::Thinking, vec![Delta::Text("hmé".to_owned())]),
        (Opening::Text, vec![Delta::Text("a".to_owned()), Delta::Text("b".to_owned())]),
    ];
    let events = stream(parts);
    let (bytes, _) = write_events(events.clone());
    for offset in 0..=bytes.len() {
        let (head, tail) = bytes.split_at(offset);
        assert_eq!(read_chunks([head, tail]), events, "cut at {offset}");
    }
}

#[test]
fn a_stream_cut_off_anywhere_fails_and_never_finishes() {
    let (bytes, _) = write_events(stream(vec![(Opening::Text, vec![Delta::Text("a".to_owned())])]));
    // Without its last two line ends the terminal event is whole still.
    for length in 0..bytes.len() - 2 {
        let events = read_chunks([&bytes[..length]]);
        assert!(matches!(events.last(), Some(Event::Failed(_))), "cut off at {length}: {events:?}");
        assert!(!events.contains(&Event::End), "cut off at {length}");
    }
}
