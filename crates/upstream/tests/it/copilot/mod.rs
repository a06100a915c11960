//! The account side of Copilot against a GitHub that plays every answer, delay, failure and clock skew. Time is the
//! tests' own: whoever sleeps moves it, and nobody waits.

mod account;
mod faults;
mod login;

use http::{HeaderMap, HeaderName, HeaderValue};
use ironbridge_testkit::{FakeClock, FakeGithub};
use ironbridge_upstream::copilot::{CopilotAccount, CopilotSettings, Github};
use ironbridge_upstream::{ApiClient, Authorities, BoxFuture, Clock, Moment, Secret};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A clock that stands still until it is advanced or somebody sleeps by it; its wall clock can be set.
#[derive(Clone, Debug, Default)]
struct TestClock {
    time: FakeClock,
    /// How far the wall clock goes ahead of the monotonic one.
    ahead: Arc<Mutex<Duration>>,
    slept: Arc<Mutex<Vec<Duration>>>,
}

impl TestClock {
    fn advance(&self, seconds: u64) {
        self.time.advance(Duration::from_secs(seconds));
    }

    /// What a laptop does whose lid is closed: the monotonic clock stands still.
    fn suspend(&self, seconds: u64) {
        *self.ahead.lock().unwrap() += Duration::from_secs(seconds);
    }

    /// The seconds of every sleep so far, and forgets them.
    fn slept(&self) -> Vec<u64> {
        self.slept.lock().unwrap().drain(..).map(|time| time.as_secs()).collect()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment { monotonic: self.time.now(), wall: self.time.wall() + *self.ahead.lock().unwrap() }
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.slept.lock().unwrap().push(time);
        self.time.advance(time);
        Box::pin(std::future::ready(()))
    }
}

fn settings(fake: &FakeGithub) -> CopilotSettings {
    CopilotSettings {
        github_url: Some(fake.login_url().parse().unwrap()),
        api_url: Some(fake.api_url().parse().unwrap()),
        ..CopilotSettings::default()
    }
}

fn github(settings: &CopilotSettings) -> Github {
    let client = ApiClient::new(None, &Authorities::default()).unwrap();
    let row = (HeaderName::from_static("editor-version"), HeaderValue::from_static("ironbridge/1"));
    Github::new(Arc::new(client), settings, HeaderMap::from_iter([row])).unwrap()
}

/// An account of this GitHub, whose clock is the account's own.
fn account_of(fake: &FakeGithub, clock: &TestClock) -> CopilotAccount {
    let servers = clock.clone();
    fake.set_clock(move || servers.now().wall);
    let token = Secret::new(FakeGithub::GITHUB_TOKEN);
    CopilotAccount::new(github(&settings(fake)), token, Arc::new(clock.clone()))
}

/// Lets everybody else run until the condition holds. The test runner has the time limit.
async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}
