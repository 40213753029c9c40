//! Gives a claim back although the store fails: otherwise the profile would wait until its lease runs out.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::LEASE;
use crate::Clock;
use crate::store::{Claim, ProfileStore};

/// The first wait before another try, doubled up to the longest.
const WAIT: Duration = Duration::from_millis(250);
const WAIT_MAX: Duration = Duration::from_secs(8);

/// Gives the claim back; when that fails, goes on trying in the background as long as the store is open and the lease lasts.
pub(super) async fn give_back(store: &Arc<dyn ProfileStore>, clock: &Arc<dyn Clock>, claim: Claim) {
    if store.release(&claim).await.is_err() {
        tokio::spawn(keep_trying(Arc::downgrade(store), clock.clone(), claim));
    }
}

async fn keep_trying(store: Weak<dyn ProfileStore>, clock: Arc<dyn Clock>, claim: Claim) {
    let (mut wait, mut waited) = (WAIT, Duration::ZERO);
    while waited < LEASE {
        clock.sleep_until(clock.now().after(wait)).await;
        waited += wait;
        wait = (2 * wait).min(WAIT_MAX);
        let Some(store) = store.upgrade() else { return };
        if store.release(&claim).await.is_ok() {
            return;
        }
    }
}
