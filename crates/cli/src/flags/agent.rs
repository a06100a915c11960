//! The flags of `run`.

use super::row::{Flag, FlagKind};
use super::table::PROXY_ENV;

/// What `--mode` takes.
pub(super) const MODES: &[&str] = &["normal", "auto-accept", "plan", "yolo"];

/// More than a day of work of the quickest model.
pub(super) const TURNS_MAX: u64 = 100_000;

/// Less holds neither the tools nor a reply.
const CONTEXT_MIN: u64 = 4_096;
/// Ten times the largest there is.
const CONTEXT_MAX: u64 = 100_000_000;

/// Whom the agent asks, in every face of it.
pub(super) const MODEL: Flag = Flag {
    name: "model",
    short: Some('m'),
    kind: FlagKind::Text("MODEL"),
    default: "",
    about: "The model to ask; offline is the built-in one",
    details: "MODEL or PROVIDER/MODEL. The routes and providers of the config decide as in the gateway.",
};

pub(super) const RUN_FLAGS: &[Flag] = &[
    Flag {
        name: "prompt",
        short: None,
        kind: FlagKind::ArgumentText("PROMPT"),
        default: "what stands on stdin",
        about: "What is to be done",
        details: "With a prompt, what stands on stdin goes with it as context.",
    },
    MODEL,
    Flag {
        name: "mode",
        short: None,
        kind: FlagKind::Choice("MODE", MODES),
        default: "`auto-accept`",
        about: "How much may be done without asking",
        details: "normal asks before files are changed and commands run; auto-accept before commands run; plan changes \
                  nothing; yolo asks nothing and holds nothing in. Nobody is there to answer: a question ends the run \
                  with exit code 3.",
    },
    Flag {
        name: "max-turns",
        short: None,
        kind: FlagKind::Count { name: "N", min: 1, max: TURNS_MAX },
        default: "`200`",
        about: "Ask the model so often at most; exit code 3 when it is not done by then",
        details: "",
    },
    Flag {
        name: "context-max",
        short: None,
        kind: FlagKind::Count { name: "TOKENS", min: CONTEXT_MIN, max: CONTEXT_MAX },
        default: "what is known of the model",
        about: "Take the model's context to hold so many tokens",
        details: "Before it is full, old outputs of tools are forgotten, then the oldest messages summarised.",
    },
    Flag {
        name: "json",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Print one JSON object, when all is done",
        details: "{session, reason, text, turns, usage, cost, error}",
    },
    Flag {
        name: "json-stream",
        short: None,
        kind: FlagKind::Switch,
        default: "",
        about: "Print each event as a line of JSON, then the object of --json",
        details: "",
    },
    Flag {
        name: "continue",
        short: Some('c'),
        kind: FlagKind::Switch,
        default: "",
        about: "Go on with the last session of this folder",
        details: "",
    },
    Flag {
        name: "resume",
        short: Some('r'),
        kind: FlagKind::Text("SESSION"),
        default: "",
        about: "Go on with this session",
        details: "Its id, or the begin of it.",
    },
    PROXY_ENV,
];
