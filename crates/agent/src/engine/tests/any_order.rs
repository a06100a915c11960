//! Whatever comes in whatever order: the transcript is valid at every moment, what is resumed is what was, each call has
//! one result, and nothing runs that was not judged.

use super::*;
use ironbridge_session::{Answer, Scope};
use proptest::prelude::*;

/// A step that may or may not fit the moment.
#[derive(Clone, Debug)]
enum Step {
    Prompt,
    Steer,
    Interrupt,
    Undo,
    Redo,
    Compact,
    Mode(Mode),
    /// Some of the events of a reply with these calls.
    Reply {
        text: bool,
        calls: Vec<u8>,
        events: usize,
    },
    Fail(FailureKind),
    Timer,
    Judge {
        back: u64,
        verdict: u8,
    },
    Done {
        back: u64,
    },
    Answer {
        back: u64,
        kind: u8,
    },
    Checkpoint,
    Restored,
    WriteFailed,
}

fn step() -> impl Strategy<Value = Step> {
    let calls = prop::collection::vec(0_u8..6, 0..4);
    prop_oneof![
        3 => Just(Step::Prompt),
        1 => Just(Step::Steer),
        1 => Just(Step::Interrupt),
        1 => Just(Step::Undo),
        1 => Just(Step::Redo),
        1 => Just(Step::Compact),
        1 => prop::sample::select(Mode::ALL.to_vec()).prop_map(Step::Mode),
        8 => (any::<bool>(), calls, 0_usize..30)
            .prop_map(|(text, calls, events)| Step::Reply { text, calls, events }),
        1 => prop::sample::select(vec![FailureKind::Transient, FailureKind::Limited, FailureKind::ContextFull, FailureKind::Fatal])
            .prop_map(Step::Fail),
        2 => Just(Step::Timer),
        8 => (0_u64..6, 0_u8..4).prop_map(|(back, verdict)| Step::Judge { back, verdict }),
        6 => (0_u64..6).prop_map(|back| Step::Done { back }),
        3 => (0_u64..6, 0_u8..3).prop_map(|(back, kind)| Step::Answer { back, kind }),
        1 => Just(Step::Checkpoint),
        2 => Just(Step::Restored),
        1 => Just(Step::WriteFailed),
    ]
}

fn inputs(step: Step, engine: &Engine) -> Vec<Input> {
    let (request, last) = (engine.numbers.request, engine.numbers.ask);
    let parts = || vec![UserPart::text("say")];
    let turn = engine.transcript.next_turn().saturating_sub(1);
    let one = match step {
        Step::Prompt => Input::Operation(Operation::Prompt { parts: parts() }),
        Step::Steer => Input::Operation(Operation::Steer { parts: parts() }),
        Step::Interrupt => Input::Operation(Operation::Interrupt),
        Step::Undo => Input::Operation(Operation::Undo),
        Step::Redo => Input::Operation(Operation::Redo),
        Step::Compact => Input::Operation(Operation::Compact),
        Step::Mode(mode) => Input::Operation(Operation::SetMode { mode }),
        Step::Reply { text, calls, events } => {
            let call = |kind: u8| match kind {
                0 => ("a", "look", r#"{"path":"p"}"#),
                1 => ("", "look", r#"{"path":"q"}"#),
                2 => ("b", "change", r#"{"path":"p"}"#),
                3 => ("b", "change", r#"{"path":"#),
                4 => ("c", "nothing", "{}"),
                _ => ("d", "look", "nonsense"),
            };
            let calls: Vec<_> = calls.into_iter().map(call).collect();
            let all = reply_events(if text { "text" } else { "" }, &calls);
            let some = all.into_iter().take(events);
            return some.map(|event| Input::Model { request, event }).collect();
        }
        Step::Fail(kind) => {
            let failure = ModelFailure { kind, message: "f".to_owned(), retry_after_ms: None };
            Input::ModelFailed { request, failure }
        }
        Step::Timer => Input::Timer(engine.numbers.timer),
        Step::Judge { back, verdict } => {
            let ask = || Verdict::Ask {
                subject: "s".into(),
                why: "w".into(),
                diff: None,
                rules: Vec::new(),
            };
            let verdict = match verdict {
                0 | 1 => Verdict::Allow,
                2 => ask(),
                _ => Verdict::Deny { why: "no".into() },
            };
            Input::Judged { call: last.saturating_sub(back), verdict }
        }
        Step::Done { back } => {
            Input::ToolDone { call: last.saturating_sub(back), outcome: ToolOutcome::done("r") }
        }
        Step::Answer { back, kind } => {
            let answer = match kind {
                0 => Answer::Allow { scope: Scope::Once },
                1 => Answer::Deny { message: None },
                _ => Answer::Cancel,
            };
            Input::Operation(Operation::Answer { ask: last.saturating_sub(back), answer })
        }
        Step::Checkpoint => Input::Checkpointed { turn, snapshot: 1 },
        Step::Restored => match engine.phase {
            Phase::Restoring { turn, .. } => {
                Input::Restored { turn, snapshot: Some(2), files: Vec::new() }
            }
            _ => Input::Restored { turn, snapshot: None, files: Vec::new() },
        },
        Step::WriteFailed => Input::WriteFailed { reason: "full".to_owned() },
    };
    vec![one]
}

proptest! {
    #![proptest_config(crate::property_config())]

    #[test]
    fn the_transcript_is_valid_at_every_moment_and_resumes_as_it_was(
        steps in prop::collection::vec(step(), 1..80),
        can_ask in any::<bool>(),
        context_max in prop::sample::select(vec![0, 40, 100, 10_000]),
    ) {
        let mut engine = engine_of(can_ask, 6, context_max);
        let mut written = Transcript::default();
        let mut judged = std::collections::HashSet::new();
        let mut open_turns = 0_i64;
        for (at, step) in steps.into_iter().enumerate() {
            for input in inputs(step, &engine) {
                if let Input::Judged { call, .. } = &input {
                    judged.insert(*call);
                }
                for effect in engine.handle(at as u64, input) {
                    match effect {
                        Effect::Record(entry) => {
                            let line = serde_json::to_string(&entry).expect("it is JSON");
                            written.apply(&serde_json::from_str(&line).expect("it is an entry"));
                        }
                        Effect::Run { run, by_person } => {
                            prop_assert!(by_person || judged.contains(&run.call));
                        }
                        Effect::Ask(request) => {
                            prop_assert_eq!(check_view(&request.messages), Ok(()));
                        }
                        Effect::Tell(Event::TurnStarted { .. }) => open_turns += 1,
                        Effect::Tell(Event::TurnEnded { .. }) => open_turns -= 1,
                        _ => {}
                    }
                    prop_assert!((0..=1).contains(&open_turns));
                }
                prop_assert_eq!(check_view(&written.view()), Ok(()));
                prop_assert_eq!(&written, engine.transcript());
            }
        }
        prop_assert_eq!(open_turns, i64::from(engine.in_turn()));
    }
}
