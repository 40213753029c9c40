//! `help.getConfig`: where the data centres are.

use super::cloud::Cloud;
use super::wire::blank;
use grammers_tl_types::{Serializable, enums, types};
use std::net::SocketAddr;

/// A data centre that was not started: nobody listens there, and no client goes to the real one.
const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);

pub(super) fn config(cloud: &Cloud, this_dc: i32) -> enums::Config {
    let addresses = cloud.lock().addresses.clone();
    let place = |id: i32| option(id, addresses.get(&id).copied().unwrap_or(NOWHERE));
    // Flags and two dates; then what zeros cannot be.
    let mut bare = vec![0; 12];
    false.serialize(&mut bare);
    0.serialize(&mut bare);
    Vec::<enums::DcOption>::new().serialize(&mut bare);
    types::Config { this_dc, dc_options: (1..=5).map(place).collect(), ..blank(bare) }.into()
}

fn option(id: i32, address: SocketAddr) -> enums::DcOption {
    let option = types::DcOption {
        ipv6: address.is_ipv6(),
        r#static: true,
        id,
        ip_address: address.ip().to_string(),
        port: address.port().into(),
        ..blank(vec![])
    };
    option.into()
}
