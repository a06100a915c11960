//! What the tests of credentials begin with: a place for logins, and a time of the test's own, so that tokens grow old
//! at once.

use crate::rig::{Rig, settings};
use ironbridge_gateway::{Services, Settings};
use ironbridge_testkit::{FakeClock, FakeGithub, Folder};
use ironbridge_upstream::copilot::CopilotSettings;
use ironbridge_upstream::{
    BoxFuture, Clock, CopilotLogin, EntryName, FolderVault, Logins, Moment, ProviderKind,
    ProviderSettings, Secret, Vault,
};
use std::sync::Arc;
use std::time::Duration;

/// A clock that stands still until it is advanced, or somebody sleeps by it.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestClock(FakeClock);

impl TestClock {
    pub(crate) fn advance(&self, seconds: u64) {
        self.0.advance(Duration::from_secs(seconds));
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment { monotonic: self.0.now(), wall: self.0.wall() }
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.0.advance(time);
        Box::pin(std::future::ready(()))
    }
}

/// A vault in a folder of the test's own.
pub(crate) struct Kept {
    pub(crate) folder: Folder,
    pub(crate) vault: Arc<FolderVault>,
    pub(crate) clock: TestClock,
}

impl Kept {
    pub(crate) fn new() -> Self {
        let folder = Folder::new().expect("a folder");
        let vault = Arc::new(FolderVault::new(folder.path()));
        Kept { folder, vault, clock: TestClock::default() }
    }

    pub(crate) fn logins(&self) -> Logins {
        Logins { vault: Some(self.vault.clone()), clock: Arc::new(self.clock.clone()) }
    }

    pub(crate) async fn gateway(&self, settings: Settings) -> Rig {
        Rig::start_with(settings, Services { logins: self.logins(), ..Services::default() }).await
    }
}

/// The entry of a provider called `copilot`.
pub(crate) const COPILOT: EntryName = EntryName::from_static("copilot");

/// A gateway whose one provider is Copilot, at a GitHub that goes by the gateway's clock.
pub(crate) struct Copilot {
    pub(crate) github: FakeGithub,
    pub(crate) rig: Rig,
    pub(crate) kept: Kept,
}

impl Copilot {
    /// With a login in the vault.
    pub(crate) async fn start() -> Self {
        Copilot::with(FakeGithub::start().await, |_, _| ()).await
    }

    /// With a login in the vault, and what `change` makes of provider and vault.
    pub(crate) async fn with(
        github: FakeGithub,
        change: impl FnOnce(&mut ProviderSettings, &Kept),
    ) -> Self {
        let kept = Kept::new();
        log_in(&kept, FakeGithub::GITHUB_TOKEN);
        let mut provider = copilot(&github);
        change(&mut provider, &kept);
        let servers = kept.clock.clone();
        github.set_clock(move || servers.now().wall);
        let rig = kept.gateway(settings([provider])).await;
        Copilot { github, rig, kept }
    }

    /// Makes all Copilot tokens invalid, once they are so old that a newer one may be better.
    pub(crate) fn expire_tokens(&self) {
        self.kept.clock.advance(60);
        self.github.revoke_tokens();
    }
}

/// What `ironbridge auth copilot` leaves behind.
pub(crate) fn log_in(kept: &Kept, github_token: &str) {
    let login = CopilotLogin { github_token: Secret::new(github_token), login: None };
    kept.vault.save(&COPILOT, &login.write()).expect("the folder can be written");
}

/// The provider `copilot` at this GitHub.
pub(crate) fn copilot(github: &FakeGithub) -> ProviderSettings {
    ProviderSettings {
        copilot: CopilotSettings {
            github_url: Some(github.login_url().parse().expect("a URL")),
            api_url: Some(github.api_url().parse().expect("a URL")),
            ..CopilotSettings::default()
        },
        ..ProviderSettings::new("copilot", ProviderKind::Copilot)
    }
}
