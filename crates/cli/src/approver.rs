//! `start --manual`: whoever sits at the terminal says yes to each request.

use std::sync::Arc;

use ironbridge_gateway::{ApprovalRequest, Approver};
use ironbridge_upstream::{BoxFuture, Initiator};

use crate::output;
use crate::terminal::{Terminal, is_yes};

/// Asks in the terminal, one question at a time.
#[derive(Debug)]
pub(crate) struct TerminalApprover {
    terminal: Arc<Terminal>,
}

impl TerminalApprover {
    pub(crate) fn new(terminal: Arc<Terminal>) -> Self {
        TerminalApprover { terminal }
    }

    async fn ask(&self, question: &str) -> bool {
        // Keys that were hit while no question stood are no answers.
        match self.terminal.ask_afresh(question).await {
            Some(answer) => is_yes(&answer),
            None => {
                output::message("\nnobody answers any more: refused\n");
                false
            }
        }
    }
}

impl Approver for TerminalApprover {
    fn approve<'a>(&'a self, request: &'a ApprovalRequest<'a>) -> BoxFuture<'a, bool> {
        let question = question(request);
        Box::pin(async move { self.ask(&question).await })
    }
}

/// What is asked. Names that a client chose are shown without the control characters that could draw over it.
fn question(request: &ApprovalRequest<'_>) -> String {
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    let stream = if request.stream { ", streamed" } else { "" };
    let by = match request.initiator {
        Some(Initiator::User) => ", by a person",
        Some(Initiator::Agent) => ", by an agent",
        None => "",
    };
    format!(
        "{} for {} at {}{by}, {} bytes{stream} ({}). Send it on? [y/N] ",
        request.endpoint,
        plain(request.model),
        plain(request.domain),
        request.body_bytes,
        request.id
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_says_what_is_sent_and_cannot_be_drawn_over() {
        let request = ApprovalRequest {
            id: "req_1",
            endpoint: "messages",
            model: "gpt\x1b[2K\r-5",
            domain: "localhost:4141",
            stream: true,
            body_bytes: 1234,
            initiator: Some(Initiator::Agent),
        };
        assert_eq!(
            question(&request),
            "messages for gpt[2K-5 at localhost:4141, by an agent, 1234 bytes, streamed (req_1). Send it on? [y/N] "
        );
    }
}
