//! Who the client is. Forwarding headers count only when they come from a proxy that the operator named.

use std::net::IpAddr;
use std::str::FromStr;

use poem::Request;
use poem::http::HeaderMap;

/// Addresses of the reverse proxies in front of the server.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Reads addresses (`10.0.0.1`) and networks (`10.0.0.0/8`).
    pub fn parse<'a>(items: impl IntoIterator<Item = &'a str>) -> Result<Self, BadNetwork> {
        items.into_iter().map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client's address: the peer's, or, when the peer is a trusted proxy, the last address in
    /// `X-Forwarded-For` that is not a trusted proxy itself. `None` when the peer has no IP address.
    pub fn client(&self, request: &Request) -> Option<IpAddr> {
        Some(self.behind(peer_of(request)?, request.headers()))
    }

    fn behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        for hop in hops(headers) {
            if !self.trusts(client) {
                break;
            }
            let Some(address) = forwarded(hop) else { break };
            client = address;
        }
        client
    }

    /// Whether the request was made on this machine. A request that was forwarded by a proxy that is not
    /// trusted was not, although the proxy runs here.
    pub fn is_local(&self, request: &Request) -> bool {
        peer_of(request).is_some_and(|peer| self.is_local_peer(peer, request.headers()))
    }

    fn is_local_peer(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let marks = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];
        if !marks.iter().any(|name| headers.contains_key(*name)) {
            return peer.is_loopback();
        }
        let client_is_named = hops(headers).next().and_then(forwarded).is_some();
        self.trusts(peer) && client_is_named && self.behind(peer, headers).is_loopback()
    }
}

fn peer_of(request: &Request) -> Option<IpAddr> {
    Some(request.remote_addr().as_socket_addr()?.ip().to_canonical())
}

/// The entries of all `X-Forwarded-For` headers, the nearest first.
fn hops(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all("x-forwarded-for").iter().rev().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.rsplit(','))
}

/// One entry of `X-Forwarded-For`, which may carry a port.
fn forwarded(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let address = hop.parse().or_else(|_| hop.parse().map(|socket: std::net::SocketAddr| socket.ip()));
    let address = address.or_else(|_| hop.trim_matches(['[', ']']).parse());
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// An address with the number of leading bits that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    fn contains(&self, other: IpAddr) -> bool {
        if self.address.is_ipv4() != other.is_ipv4() {
            return false;
        }
        let width = if other.is_ipv4() { 32 } else { 128 };
        let differing = number(self.address) ^ number(other);
        differing.checked_shr(u32::from(width - self.bits)).unwrap_or(0) == 0
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// Not an address or network.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither an IP address nor a network such as 10.0.0.0/8")]
pub struct BadNetwork(String);

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let bad = || BadNetwork(text.to_owned());
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |bits| bits.parse().map_err(|_| bad()))?;
        if bits > width { Err(bad()) } else { Ok(Self { address, bits }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append::<poem::http::HeaderName>(name, value);
        }
        headers
    }

    fn client(peer: &str, pairs: &[(&'static str, &'static str)]) -> String {
        let proxies = TrustedProxies::parse(["10.0.0.0/8", "fd00::/8"]).unwrap();
        proxies.behind(peer.parse().unwrap(), &headers(pairs)).to_string()
    }

    fn local(proxies: &TrustedProxies, peer: &str, pairs: &[(&'static str, &'static str)]) -> bool {
        proxies.is_local_peer(peer.parse().unwrap(), &headers(pairs))
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("192.0.2.1", &[("x-forwarded-for", "203.0.113.9")]), "192.0.2.1");
        assert_eq!(client("10.1.1.1", &[("x-forwarded-for", "203.0.113.9")]), "203.0.113.9");
        assert_eq!(
            client("10.1.1.1", &[("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.2.2.2")]),
            "203.0.113.9"
        );
        assert_eq!(client("10.1.1.1", &[("x-forwarded-for", "[2001:db8::1]:443")]), "2001:db8::1");
        assert_eq!(client("10.1.1.1", &[("x-forwarded-for", "unknown")]), "10.1.1.1");
        assert_eq!(client("10.1.1.1", &[("forwarded", "for=203.0.113.9")]), "10.1.1.1");
        let lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(client("10.1.1.1", &lines), "203.0.113.9");
    }

    #[test]
    fn a_proxy_on_this_machine_does_not_make_its_clients_local() {
        let none = TrustedProxies::default();
        let here = TrustedProxies::parse(["127.0.0.1"]).unwrap();
        let far = [("x-forwarded-for", "203.0.113.9")];
        assert!(local(&none, "127.0.0.1", &[]));
        assert!(local(&none, "::1", &[]));
        assert!(!local(&none, "127.0.0.1", &far));
        assert!(!local(&here, "127.0.0.1", &far));
        assert!(!local(&here, "127.0.0.1", &[("via", "1.1 proxy")]));
        assert!(local(&here, "127.0.0.1", &[("x-forwarded-for", "127.0.0.1")]));
        assert!(!local(&none, "192.0.2.1", &[]));
    }

    #[test]
    fn networks_are_checked() {
        assert!(TrustedProxies::parse(["10.0.0.0/33"]).is_err());
        assert!(TrustedProxies::parse(["proxy.example"]).is_err());
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains("203.0.113.9".parse().unwrap()));
        assert!(!"10.0.0.0/9".parse::<Network>().unwrap().contains("10.128.0.1".parse().unwrap()));
    }
}
