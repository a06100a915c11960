//! Asking the model.

use super::reply::Building;
use super::{Effect, Engine, ModelRequest, Phase};
use ironbridge_session::{EndReason, Origin, UserPart};

impl Engine {
    /// The model's next step, unless it has had all that it may.
    pub(super) fn ask(&mut self) {
        if self.turn.model_calls >= self.settings.model_calls_max {
            return self.end_turn(EndReason::MaxTurns, None);
        }
        self.turn.model_calls += 1;
        self.send();
    }

    /// Sends the conversation, once there is room for the reply; also when a request failed and is sent again.
    pub(super) fn send(&mut self) {
        if self.make_room() {
            self.send_as_it_is();
        }
    }

    /// Sends the conversation whatever its length.
    pub(super) fn send_as_it_is(&mut self) {
        self.numbers.request += 1;
        let request = self.numbers.request;
        let messages = self.transcript.view();
        self.phase = Phase::Asking(Building::new(request));
        self.effects.push(Effect::Ask(ModelRequest { request, messages, mode: self.mode }));
    }

    /// What was said meanwhile is heard now, and the model goes on.
    pub(super) fn ask_on(&mut self) {
        for text in std::mem::take(&mut self.notes) {
            self.say(vec![UserPart::text(text)], Origin::Engine);
        }
        for parts in std::mem::take(&mut self.steering) {
            self.say(parts, Origin::Steer);
        }
        self.ask();
    }
}
