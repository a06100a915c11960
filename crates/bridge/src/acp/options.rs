//! What an editor may set: the mode, in its old form and its new one.

use ironbridge_session::Mode;
use serde_json::{Value, json};

/// The option of the mode.
pub(super) const MODE: &str = "mode";

/// The modes, for editors that know no options.
pub(super) fn modes(current: Mode) -> Value {
    let mode = |mode: &Mode| json!({ "id": mode.name(), "name": title(*mode), "description": description(*mode) });
    json!({
        "currentModeId": current.name(),
        "availableModes": Mode::ALL.iter().map(mode).collect::<Vec<_>>(),
    })
}

/// All options, as they stand.
pub(super) fn options(current: Mode) -> Value {
    let option = |mode: &Mode| json!({ "value": mode.name(), "name": title(*mode), "description": description(*mode) });
    json!([{
        "id": MODE,
        "name": "Mode",
        "description": "How much is done without asking",
        "category": "mode",
        "type": "select",
        "currentValue": current.name(),
        "options": Mode::ALL.iter().map(option).collect::<Vec<_>>(),
    }])
}

fn title(mode: Mode) -> &'static str {
    match mode {
        Mode::Normal => "Normal",
        Mode::AutoAccept => "Auto-accept",
        Mode::Plan => "Plan",
        Mode::Yolo => "Yolo",
    }
}

fn description(mode: Mode) -> &'static str {
    match mode {
        Mode::Normal => "Asks before files are changed and commands run",
        Mode::AutoAccept => "Changes files of the project; asks before commands run",
        Mode::Plan => "Changes nothing",
        Mode::Yolo => "Asks nothing and holds nothing in",
    }
}

/// What can be typed instead of a prompt.
pub(super) fn commands() -> Value {
    json!([
        { "name": "undo", "description": "Take the last turn back, in the conversation and in the files" },
        { "name": "redo", "description": "Do again what was taken back last" },
    ])
}
