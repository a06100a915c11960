//! Anthropic by OAuth, against a login server that plays every answer, failure and clock skew. Time is the tests' own.

mod account;
mod domain;
mod faults;
mod login;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use ironbridge_testkit::{FakeAnthropicLogin, FakeClock, Folder};
use ironbridge_upstream::anthropic::{AnthropicAccount, AnthropicOauth, add_oauth_beta};
use ironbridge_upstream::{
    ApiClient, Authorities, BoxFuture, Clock, EntryName, FolderVault, Moment, Secret, Vault,
    VaultError,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

const NAME: EntryName = EntryName::from_static("anthropic");

/// How long the tokens of these tests live, in seconds.
const LIFE: u64 = 28_800;

/// A clock that stands still until the test advances it.
#[derive(Clone, Debug, Default)]
struct TestClock(FakeClock);

impl TestClock {
    fn advance(&self, seconds: u64) {
        self.0.advance(Duration::from_secs(seconds));
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment { monotonic: self.0.now(), wall: self.0.wall() }
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        let deadline = self.0.now() + time;
        Box::pin(self.0.sleep_until(deadline))
    }
}

/// A folder that stops writing after so many saves.
#[derive(Debug)]
struct FailingVault {
    folder: FolderVault,
    saves_left: AtomicUsize,
}

impl FailingVault {
    fn allow(&self, saves: usize) {
        self.saves_left.store(saves, Ordering::SeqCst);
    }
}

impl Vault for FailingVault {
    fn load(&self, name: &EntryName) -> Result<Option<Secret>, VaultError> {
        self.folder.load(name)
    }

    fn save(&self, name: &EntryName, content: &Secret) -> Result<(), VaultError> {
        let allowed = |left: usize| left.checked_sub(1);
        match self.saves_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, allowed) {
            Ok(_) => self.folder.save(name, content),
            Err(_) => Err(VaultError::Refused {
                action: "write",
                place: "FOLDER/anthropic.json".to_owned(),
                reason: "no space left".to_owned(),
            }),
        }
    }

    fn remove(&self, name: &EntryName) -> Result<bool, VaultError> {
        self.folder.remove(name)
    }

    fn list(&self) -> Result<Vec<EntryName>, VaultError> {
        self.folder.list()
    }

    fn place(&self, name: &EntryName) -> String {
        self.folder.place(name)
    }
}

/// A login server, and a folder with logins; both go by the same clock.
struct Scene {
    server: FakeAnthropicLogin,
    clock: TestClock,
    folder: Folder,
    vault: Arc<FailingVault>,
}

impl Scene {
    async fn new() -> Self {
        let (server, clock) = (FakeAnthropicLogin::start().await, TestClock::default());
        let servers = clock.clone();
        server.set_clock(move || servers.now().wall);
        let folder = Folder::new().unwrap();
        let vault = FailingVault {
            folder: FolderVault::new(folder.path()),
            saves_left: AtomicUsize::new(usize::MAX),
        };
        Scene { server, clock, folder, vault: Arc::new(vault) }
    }

    /// The same with a login that was made just now; its access token is given, too.
    async fn logged_in() -> (Self, AnthropicAccount, Secret) {
        let scene = Scene::new().await;
        let login = scene.issued();
        scene.folder.write("anthropic.json", login.to_string()).unwrap();
        let token = Secret::new(login["oauth"]["accessToken"].as_str().unwrap());
        let account = scene.account();
        (scene, account, token)
    }

    /// The content of the file of a login that was made just now.
    fn issued(&self) -> Value {
        let issued = self.server.issue();
        let expires_at = issued.expires_at.duration_since(UNIX_EPOCH).unwrap().as_millis();
        json!({"type": "oauth", "accountId": "acc_1", "later": [1], "oauth": {
            "accessToken": issued.access, "refreshToken": issued.refresh,
            "expiresAt": u64::try_from(expires_at).unwrap(), "scopes": ["user:inference"], "isMax": true,
        }})
    }

    fn oauth(&self) -> AnthropicOauth {
        AnthropicOauth {
            client_id: Some("client-of-the-user".to_owned()),
            authorize_url: self.server.authorize_url(),
            token_url: self.server.token_url().parse().unwrap(),
            ..AnthropicOauth::default()
        }
    }

    /// An account as a process has it that has just started.
    fn account(&self) -> AnthropicAccount {
        let vault = Arc::clone(&self.vault) as Arc<dyn Vault>;
        AnthropicAccount::new(vault, NAME, self.oauth(), client(), Arc::new(self.clock.clone()))
    }

    /// What is kept of the login.
    fn kept(&self) -> Value {
        serde_json::from_str(&self.folder.read("anthropic.json").unwrap()).unwrap()
    }

    /// How often tokens were asked for.
    fn exchanges(&self) -> usize {
        self.server.requests_to(ironbridge_testkit::AnthropicEndpoint::Token).len()
    }

    /// Whether Anthropic's API takes a token.
    async fn accepts(&self, token: &Secret) -> bool {
        let mut headers = HeaderMap::new();
        let bearer = format!("Bearer {}", token.reveal());
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&bearer).unwrap());
        add_oauth_beta(&mut headers);
        let models = format!("{}/v1/models", self.server.api_url()).parse().unwrap();
        let answer = client().call(Method::GET, &models, headers, None).await.unwrap();
        answer.status.is_success()
    }
}

fn client() -> Arc<ApiClient> {
    Arc::new(ApiClient::new(None, &Authorities::default()).unwrap())
}
