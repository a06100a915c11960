//! The one place where tasks are started, so that shutdown can wait for them.

use std::future::Future;
use std::sync::Arc;
use tokio::sync::watch;

/// The tasks of one gateway.
#[derive(Clone, Debug)]
pub(crate) struct Tasks {
    running: Arc<watch::Sender<usize>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Tasks { running: Arc::new(watch::Sender::new(0)) }
    }
}

impl Tasks {
    /// Runs `future` to its end beside the caller.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let counted = Counted::new(self.running.clone());
        #[expect(clippy::disallowed_methods, reason = "counted here, waited for in `idle`")]
        tokio::spawn(async move {
            let _counted = counted;
            future.await;
        });
    }

    /// Waits until no task runs. Cancel safe.
    pub(crate) async fn idle(&self) {
        let mut running = self.running.subscribe();
        // The sender lives in `self`, so the wait cannot fail.
        let _ = running.wait_for(|count| *count == 0).await;
    }
}

/// One running task; counts down also when the task panics or is dropped with its runtime.
struct Counted(Arc<watch::Sender<usize>>);

impl Counted {
    fn new(running: Arc<watch::Sender<usize>>) -> Self {
        running.send_modify(|count| *count += 1);
        Counted(running)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// HTTP/2 connections run their streams as tasks of their own.
impl<F> hyper::rt::Executor<F> for Tasks
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, future: F) {
        self.spawn(async {
            future.await;
        });
    }
}
