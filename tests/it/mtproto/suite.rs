//! The backend passes the suite that every fetcher passes.

use std::sync::Arc;

use tgbio_core::testing::fetcher_suite;
use tgbio_testkit::dc::DcWorld;

use super::Home;

#[tokio::test]
async fn the_protocol_backend_passes() {
    let home = Home::new().await;
    let fetcher = Arc::new(home.fetcher().await);
    fetcher_suite(&DcWorld::new(home.dc.clone(), home.truth.clone(), fetcher)).await;
}
