//! The credentials of one provider over time: logins that come and go, and what is kept meanwhile.

use crate::setup::settings;
use ironbridge_testkit::{FakeClock, FakeGithub, Gate, GithubEndpoint, github};
use ironbridge_upstream::copilot::CopilotSettings;
use ironbridge_upstream::identity::{Consents, Identities, Service};
use ironbridge_upstream::{
    BoxFuture, Clock, CopilotLogin, CredentialQuery, CredentialStore, EntryName, Failure, Logins,
    MODELS_RETRY, Moment, Provider, ProviderCredentials, ProviderKind, ProviderSettings, Secret,
    Vault, VaultError, login_entry,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ENTRY: EntryName = EntryName::from_static("copilot");

/// A vault in memory that counts how often it was looked at.
#[derive(Debug, Default)]
struct CountingVault {
    entries: Mutex<BTreeMap<EntryName, Secret>>,
    looks: AtomicUsize,
}

impl Vault for CountingVault {
    fn load(&self, name: &EntryName) -> Result<Option<Secret>, VaultError> {
        if *name == ENTRY {
            self.looks.fetch_add(1, Ordering::SeqCst);
        }
        Ok(self.entries.lock().unwrap().get(name).cloned())
    }

    fn save(&self, name: &EntryName, content: &Secret) -> Result<(), VaultError> {
        self.entries.lock().unwrap().insert(name.clone(), content.clone());
        Ok(())
    }

    fn remove(&self, name: &EntryName) -> Result<bool, VaultError> {
        Ok(self.entries.lock().unwrap().remove(name).is_some())
    }

    fn list(&self) -> Result<Vec<EntryName>, VaultError> {
        Ok(self.entries.lock().unwrap().keys().cloned().collect())
    }

    fn place(&self, name: &EntryName) -> String {
        format!("memory:{name}")
    }
}

#[derive(Clone, Debug, Default)]
struct TestClock(FakeClock);

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment { monotonic: self.0.now(), wall: self.0.wall() }
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.0.advance(time);
        Box::pin(std::future::ready(()))
    }
}

/// A GitHub with Copilot, and a vault without a login.
struct Scene {
    github: FakeGithub,
    vault: Arc<CountingVault>,
    clock: TestClock,
}

impl Scene {
    async fn new() -> Self {
        let (github, clock) = (FakeGithub::start().await, TestClock::default());
        let servers = clock.clone();
        github.set_clock(move || servers.now().wall);
        Scene { github, vault: Arc::default(), clock }
    }

    async fn logged_in() -> Self {
        let scene = Scene::new().await;
        scene.log_in(FakeGithub::GITHUB_TOKEN);
        scene
    }

    fn log_in(&self, github_token: &str) {
        let login = CopilotLogin { github_token: Secret::new(github_token), login: None };
        self.vault.save(&ENTRY, &login.write()).unwrap();
    }

    fn advance(&self, seconds: u64) {
        self.clock.0.advance(Duration::from_secs(seconds));
    }

    fn looks(&self) -> usize {
        self.vault.looks.load(Ordering::SeqCst)
    }

    fn settings(&self) -> ProviderSettings {
        ProviderSettings {
            base_url: None,
            credential: None,
            name: "copilot".to_owned(),
            copilot: CopilotSettings {
                github_url: Some(self.github.login_url().parse().unwrap()),
                api_url: Some(self.github.api_url().parse().unwrap()),
                ..CopilotSettings::default()
            },
            ..settings(ProviderKind::Copilot, "http://127.0.0.1:1")
        }
    }

    fn credentials(&self) -> ProviderCredentials {
        let vault: Arc<dyn Vault> = self.vault.clone();
        let logins = Logins { vault: Some(vault), clock: Arc::new(self.clock.clone()) };
        ProviderCredentials::new(&self.settings(), &logins).unwrap()
    }

    fn provider(&self) -> Arc<Provider> {
        Arc::new(Provider::new(self.settings(), Arc::new(self.credentials())).unwrap())
    }
}

const QUERY: CredentialQuery<'_> =
    CredentialQuery { provider: "copilot", domain: None, client: None };

#[test]
fn a_login_has_the_name_of_its_provider() {
    let entry = |name, kind| login_entry(&ProviderSettings::new(name, kind));
    let name = |name, kind| entry(name, kind).map(|entry| entry.to_string());
    assert_eq!(name("copilot", ProviderKind::Copilot).as_deref(), Some("copilot"));
    assert_eq!(name("work", ProviderKind::Copilot).as_deref(), Some("copilot.work"));
    assert_eq!(name("copilot", ProviderKind::Anthropic).as_deref(), Some("anthropic.copilot"));
    assert_eq!(name("openai", ProviderKind::Openai), None);
    assert_eq!(name("../x", ProviderKind::Copilot), None, "nothing is written elsewhere");
}

#[tokio::test]
async fn without_a_login_the_vault_is_looked_at_now_and_then() {
    let scene = Scene::new().await;
    let credentials = scene.credentials();
    for _ in 0..9 {
        credentials.credential(QUERY).await.unwrap_err();
    }
    assert_eq!(scene.looks(), 1);
    scene.advance(5);
    scene.log_in(FakeGithub::GITHUB_TOKEN);
    for _ in 0..9 {
        credentials.credential(QUERY).await.unwrap();
    }
    assert_eq!(scene.looks(), 2, "a login that serves is not looked for again");
}

#[tokio::test]
async fn a_refused_login_is_looked_for_now_and_then_and_the_next_is_another_account() {
    let scene = Scene::logged_in().await;
    let credentials = scene.credentials();
    let first = credentials.credential(QUERY).await.unwrap();
    scene.advance(3600);
    let later = credentials.credential(QUERY).await.unwrap();
    assert_ne!(first.token(), later.token(), "exchanged anew");
    assert_eq!(first.id(), later.id(), "and still the same account's");

    scene.github.revoke_github_tokens();
    scene.advance(3600);
    let looks = scene.looks();
    for _ in 0..9 {
        credentials.credential(QUERY).await.unwrap_err();
    }
    assert_eq!(scene.looks(), looks + 1);
    scene.github.accept_github_token("gho_new");
    scene.log_in("gho_new");
    scene.advance(5);
    let next = credentials.credential(QUERY).await.unwrap();
    assert_ne!(next.id(), later.id());
    let secrets: Vec<&str> = next.secrets().iter().map(Secret::reveal).collect();
    assert!(secrets.contains(&"gho_new"), "what must never come back");
}

#[tokio::test]
async fn a_login_made_amid_a_renewal_serves_the_request_that_found_out() {
    let scene = Scene::logged_in().await;
    let credentials = scene.credentials();
    let first = credentials.credential(QUERY).await.unwrap();
    scene.github.revoke_github_tokens();
    scene.github.accept_github_token("gho_new");
    scene.log_in("gho_new");
    scene.advance(60);
    let newer = credentials.renewed(QUERY, &first).await.unwrap().unwrap();
    assert_ne!(newer.id(), first.id());
    assert_eq!(newer.token().unwrap().reveal(), scene.github.copilot_tokens()[1]);
}

#[tokio::test]
async fn a_yes_that_is_given_later_is_heard() {
    let scene = Scene::logged_in().await;
    let credentials = scene.credentials();
    let first = credentials.credential(QUERY).await.unwrap();
    let mut consents = Consents::default();
    for row in Identities::default().needs_consent(Service::Copilot) {
        consents.give(row, scene.clock.now().wall);
    }
    consents.save(scene.vault.as_ref()).unwrap();
    scene.advance(5);
    let later = credentials.credential(QUERY).await.unwrap();
    assert_eq!(first.id(), later.id(), "the same account's");
    let asked = scene.github.requests_to(GithubEndpoint::CopilotToken);
    let said: Vec<_> =
        asked.iter().map(|request| request.header("copilot-integration-id")).collect();
    assert_eq!(said, [None, Some("vscode-chat")]);
    let looks = scene.looks();
    scene.advance(60);
    credentials.credential(QUERY).await.unwrap();
    assert_eq!(scene.looks(), looks, "nothing is missing any more");
}

#[tokio::test]
async fn a_list_that_failed_for_want_of_a_login_is_not_kept() {
    let scene = Scene::new().await;
    let provider = scene.provider();
    let error = provider.models().await.unwrap_err();
    assert!(matches!(error.failure, Failure::Credential(_)), "{error}");
    scene.log_in(FakeGithub::GITHUB_TOKEN);
    scene.advance(5);
    assert!(provider.models().await.unwrap().lists("gpt-4o"));
}

#[tokio::test(start_paused = true)]
async fn the_list_is_kept_an_hour_and_served_while_the_next_comes() {
    let scene = Scene::logged_in().await;
    let provider = scene.provider();
    let asked = || scene.github.requests_to(GithubEndpoint::Models).len();
    provider.models().await.unwrap();
    tokio::time::advance(Duration::from_secs(3599)).await;
    provider.models().await.unwrap();
    assert_eq!(asked(), 1, "good for an hour");

    scene.github.set_models(vec![github::model("next", "Other", &["/responses"])]);
    let gate = Gate::new();
    scene.github.hold(GithubEndpoint::Models, &gate);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(provider.models().await.unwrap().lists("gpt-4o"), "nobody waits for the next one");
    scene.github.wait_for_requests_to(GithubEndpoint::Models, 2).await;
    assert!(provider.models().await.unwrap().lists("gpt-4o"));
    gate.open();
    while !provider.models().await.unwrap().lists("next") {
        tokio::task::yield_now().await;
    }
    assert_eq!(asked(), 2, "one refresh for all");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_not_listed_is_looked_for_once_more() {
    let scene = Scene::logged_in().await;
    let provider = scene.provider();
    assert_eq!(provider.resolve("next").await, None);
    scene.github.set_models(vec![github::model("next", "Other", &["/responses"])]);
    for _ in 0..9 {
        assert_eq!(provider.resolve("next").await, None);
    }
    assert_eq!(scene.github.requests_to(GithubEndpoint::Models).len(), 1, "not for each request");
    tokio::time::advance(MODELS_RETRY).await;
    let (one, other) = tokio::join!(provider.resolve("next"), provider.resolve("NEXT"));
    assert_eq!((one.as_deref(), other.as_deref()), (Some("next"), Some("next")));
    assert_eq!(scene.github.requests_to(GithubEndpoint::Models).len(), 2);
}
