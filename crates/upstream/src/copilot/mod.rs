//! The account side of GitHub Copilot: logging in, the short-lived token of requests, quotas.
//!
//! Two tokens are at play. The **GitHub token** comes from a login ([`Github::log_in`], the device flow) and lasts; it is
//! only ever sent to GitHub. With it a **Copilot token** is fetched that is good for half an hour; [`CopilotAccount`]
//! keeps one at hand and knows which base URL it is for. What authenticates a request to a model is that second one.

mod account;
mod device;
mod github;
mod github_error;
mod login;
mod settings;
mod token;
mod usage;

pub use account::CopilotAccount;
pub use device::{DeviceCode, DeviceError, LoginProgress};
pub use github::{Github, GithubUser};
pub use github_error::GithubError;
pub use login::DeviceApp;
pub use settings::{AccountType, CopilotSettings, CopilotSettingsError};
pub use token::CopilotToken;
pub use usage::{CopilotUsage, QuotaSnapshot};
