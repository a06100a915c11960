use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::answer::Answer;
use crate::dialect::Dialect;
use crate::provider;
use crate::received::Received;
use crate::tool_loop::ToolLoop;

/// The answer to a request, or `None` when the script is over.
type Next = dyn Fn(&Received) -> Option<Answer> + Send + Sync;

/// What the upstream answers to which request. Clones share their state.
#[derive(Clone)]
pub struct Script {
    next: Arc<Next>,
}

impl fmt::Debug for Script {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Script")
    }
}

impl Script {
    /// A function of the request.
    pub fn by(answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        Self { next: Arc::new(move |request| Some(answer(request))) }
    }

    /// The same answer to everything.
    pub fn always(answer: impl Into<Answer>) -> Self {
        let answer = answer.into();
        Self::by(move |_| answer.clone())
    }

    /// These answers, one after the other. Then it is over: [`Script::then`] says what follows, and
    /// without that a 500 says so.
    pub fn sequence(answers: impl IntoIterator<Item = Answer>) -> Self {
        let queue: Mutex<VecDeque<Answer>> = Mutex::new(answers.into_iter().collect());
        let pop =
            move |_: &Received| queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        Self { next: Arc::new(pop) }
    }

    /// The same answer `count` times, then it is over.
    pub fn times(count: usize, answer: impl Into<Answer>) -> Self {
        let answer = answer.into();
        Self::sequence(std::iter::repeat_n(answer, count))
    }

    /// `count` failures in the dialect of each request, then it is over. 429 comes with
    /// `Retry-After: 1` and rate-limit headers, 529 as `overloaded_error`.
    pub fn failures(count: usize, status: u16) -> Self {
        let left = Mutex::new(count);
        let fail = move |request: &Received| {
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            *left = left.checked_sub(1)?;
            let dialect = request.dialect().unwrap_or(Dialect::Chat);
            Some(match status {
                429 => dialect.rate_limited(1),
                529 => dialect.error(529, "overloaded_error", "Overloaded"),
                status => dialect.error(status, "api_error", "the script wants this to fail"),
            })
        };
        Self { next: Arc::new(fail) }
    }

    /// What answers once this script is over.
    #[must_use]
    pub fn then(self, then: impl Into<Self>) -> Self {
        let then = then.into();
        Self { next: Arc::new(move |request| self.next(request).or_else(|| then.next(request))) }
    }

    /// Another script for this path (without the query); this one for all others.
    #[must_use]
    pub fn on(self, path: impl Into<String>, script: impl Into<Self>) -> Self {
        let (path, script) = (path.into(), script.into());
        let choose = move |request: &Received| {
            let script = if request.path == path { &script } else { &self };
            script.next(request)
        };
        Self { next: Arc::new(choose) }
    }

    /// A provider that answers `text` in every dialect, lists models, counts tokens and embeds.
    pub fn provider(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::by(move |request| provider::answer(request, &text))
    }

    pub(crate) fn answer(&self, request: &Received) -> Answer {
        self.next(request).unwrap_or_else(|| {
            let text = format!("testkit: no answer left for request {}", request.order);
            Answer::bytes(500, "text/plain", text)
        })
    }

    /// The answer, or `None` when the script is over.
    pub(crate) fn next(&self, request: &Received) -> Option<Answer> {
        (self.next)(request)
    }
}

impl<Reply: Into<Answer>> From<Reply> for Script {
    fn from(answer: Reply) -> Self {
        Self::always(answer)
    }
}

impl From<ToolLoop> for Script {
    fn from(tool_loop: ToolLoop) -> Self {
        Self::by(move |request| tool_loop.answer(request))
    }
}
