//! The device flow over the network: asks, waits, shows.

use super::device::{DeviceCode, DeviceError, DeviceFlow, LoginProgress, PollAnswer, Step};
use super::github::Github;
use crate::clock::Clock;
use crate::secret::Secret;
use http::Method;
use serde_json::json;

/// What the device flow calls itself (RFC 8628 §3.4).
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// In whose name one logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceApp {
    /// The client id of an app at GitHub; none is built in.
    pub client_id: String,
    /// What the login is for; `read:user` suffices.
    pub scope: String,
}

impl Github {
    /// Logs in by the device flow: `progress` is told the code and where to enter it, then everything that goes on until
    /// the user has done so. Returns the GitHub token.
    ///
    /// It ends when the user decides or the code expires (at most 30 min); a network that fails is waited out within
    /// that time. Dropping the future gives up; nothing remains of the login but a code that expires.
    ///
    /// # Errors
    /// When no code comes, when the user or GitHub refuses, or when the code expires.
    pub async fn log_in(
        &self,
        app: &DeviceApp,
        clock: &dyn Clock,
        mut progress: impl FnMut(LoginProgress) + Send,
    ) -> Result<Secret, DeviceError> {
        let code = self.device_code(app).await?;
        let mut flow = DeviceFlow::new(&code, clock.now().monotonic);
        let mut wait = code.interval.min(code.expires_in);
        progress(LoginProgress::Code(code.clone()));
        loop {
            clock.sleep(wait).await;
            let answer = self.poll(app, &code, clock).await;
            match flow.next(answer, clock.now().monotonic) {
                Step::Ask { after, progress: seen } => {
                    wait = after;
                    progress(seen);
                }
                Step::Done(token) => return Ok(token),
                Step::Failed(error) => return Err(error),
            }
        }
    }

    async fn device_code(&self, app: &DeviceApp) -> Result<DeviceCode, DeviceError> {
        let asked = json!({"client_id": app.client_id, "scope": app.scope});
        let uri = &self.addresses.device_code;
        let answered = self.client.call(Method::POST, uri, self.headers(), Some(&asked)).await;
        let answer = answered.map_err(|error| DeviceError::NoCode { reason: error.to_string() })?;
        DeviceCode::of(&answer)
    }

    async fn poll(&self, app: &DeviceApp, code: &DeviceCode, clock: &dyn Clock) -> PollAnswer {
        let asked = json!({
            "client_id": app.client_id,
            "device_code": code.device_code.reveal(),
            "grant_type": GRANT_TYPE,
        });
        let uri = &self.addresses.access_token;
        let answered = self.client.call(Method::POST, uri, self.headers(), Some(&asked)).await;
        PollAnswer::of(answered, &code.device_code, clock.now().wall)
    }
}
