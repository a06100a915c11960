use std::time::Duration;

/// A refusal that says when asking again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RetryAfter {
    /// Not now; the same request is granted after this long if nobody else takes before.
    #[error("limit reached, retry after {0:?}")]
    Wait(Duration),
    /// More than the limit can ever hold; waiting does not help.
    #[error("asks for {asked} but at most {most} can ever be granted at once")]
    Never {
        /// Units asked for.
        asked: u64,
        /// The largest amount that can be granted at once.
        most: u64,
    },
}

impl RetryAfter {
    /// The wait, or `None` when waiting does not help.
    pub fn delay(&self) -> Option<Duration> {
        match self {
            Self::Wait(delay) => Some(*delay),
            Self::Never { .. } => None,
        }
    }

    /// The wait in whole seconds, rounded up and at least 1: the value of a `Retry-After` header
    /// (RFC 9110 §10.2.3). `None` when waiting does not help.
    pub fn header_seconds(&self) -> Option<u64> {
        let delay = self.delay()?;
        let partial = u64::from(delay.subsec_nanos() > 0);
        Some(delay.as_secs().saturating_add(partial).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_seconds_round_up_and_never_say_zero() {
        let header = |millis| RetryAfter::Wait(Duration::from_millis(millis)).header_seconds();
        assert_eq!(header(0), Some(1));
        assert_eq!(header(999), Some(1));
        assert_eq!(header(1_000), Some(1));
        assert_eq!(header(1_001), Some(2));
        assert_eq!(RetryAfter::Wait(Duration::MAX).header_seconds(), Some(u64::MAX));
        assert_eq!(RetryAfter::Never { asked: 3, most: 2 }.header_seconds(), None);
    }
}
