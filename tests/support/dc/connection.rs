//! One connection: frames in, answers out.

use super::answer::{Service, service};
use super::crypt::{KeyId, decrypt};
use super::envelope::{Packet, rpc_result};
use super::fault::Fault;
use super::log::Call;
use super::peers::subject;
use super::refusal::Refusal;
use super::request::Request;
use super::send::{How, Say, Voice, Writer, now};
use super::server::Shared;
use super::spoil::spoil;
use crate::orders::FaultId;
use grammers_mtproto::transport::{Error, Full, Transport as _};
use grammers_tl_types::{Serializable, enums, functions, types};
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Why a connection ends: its writer knows.
struct Ended;

pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (number, fault) = shared.connected();
    let (mut reader, writer) = stream.into_split();
    match fault {
        None => {}
        Some(Fault::Stall | Fault::Silence) => {
            tokio::io::copy(&mut reader, &mut tokio::io::sink()).await?;
            return Ok(());
        }
        Some(Fault::Transport(code)) => {
            _ = reader.read(&mut [0; 4_096]).await?;
            return tell(writer, Say::Error(code)).await;
        }
        Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
        Some(_) => return Ok(()),
    }
    let (out, orders) = unbounded_channel();
    let conversation = Conversation { shared, number, out, transport: Full::new() };
    tokio::select! {
        written = Writer::new(writer).run(orders) => written,
        read = conversation.read(reader) => read,
    }
}

/// Says one thing and closes.
async fn tell(writer: tokio::net::tcp::OwnedWriteHalf, what: Say) -> io::Result<()> {
    let (out, orders) = unbounded_channel();
    _ = out.send(what);
    drop(out);
    Writer::new(writer).run(orders).await
}

struct Conversation {
    shared: Arc<Shared>,
    number: u64,
    out: UnboundedSender<Say>,
    transport: Full,
}

impl Conversation {
    /// Reads until the client goes, or until the writer closes the connection.
    async fn read(mut self, mut stream: OwnedReadHalf) -> io::Result<()> {
        let mut buffer = vec![];
        while stream.read_buf(&mut buffer).await? > 0 {
            loop {
                let frame = match self.transport.unpack(&mut buffer) {
                    Ok(frame) => frame,
                    Err(Error::MissingBytes) => break,
                    Err(error) => return Err(io::Error::other(error.to_string())),
                };
                let packet = buffer[frame.data_range].to_vec();
                buffer.drain(..frame.next_offset);
                if let Err(Ended) = self.packet(&packet).await {
                    // The writer says the last word, and its end ends the connection.
                    return std::future::pending().await;
                }
            }
        }
        Ok(())
    }

    async fn packet(&self, packet: &[u8]) -> Result<(), Ended> {
        let key_id: KeyId = packet.first_chunk().copied().unwrap_or_default();
        if key_id == KeyId::default() {
            return self.key_exchange(packet);
        }
        let key = self
            .shared
            .asker(key_id)
            .and_then(|_| self.shared.cloud.lock().keys.get(&key_id).map(|known| known.secret.clone()));
        let plain = key.as_ref().and_then(|key| decrypt(key, packet));
        let (Some(key), Some(plain)) = (key, plain) else { return Err(self.end_with(404)) };
        let Ok(packet) = Packet::read(&plain) else { return Err(self.end_with(400)) };
        let voice = Voice { key, session: packet.session, salt: packet.salt };
        let salt = self.right_salt(packet.salt);
        if salt != packet.salt {
            self.complain_of_salt(&voice, packet.id, packet.seq, salt);
            return Ok(());
        }
        for message in packet.messages {
            self.message(&voice, key_id, message.id, message.body).await?;
        }
        Ok(())
    }

    /// The salt that was sent, if it is right, or else the present one.
    fn right_salt(&self, sent: i64) -> i64 {
        let state = self.shared.lock();
        if !self.shared.check_salts || state.salts.contains(&sent) { sent } else { state.salts[0] }
    }

    fn complain_of_salt(&self, voice: &Voice, id: i64, seq: i32, salt: i64) {
        let complaint = types::BadServerSalt {
            bad_msg_id: id,
            bad_msg_seqno: seq,
            error_code: 48,
            new_server_salt: salt,
        };
        self.say(voice, enums::BadMsgNotification::from(complaint).to_bytes());
    }

    fn end_with(&self, code: i32) -> Ended {
        _ = self.out.send(Say::Error(code));
        self.end()
    }

    fn end(&self) -> Ended {
        _ = self.out.send(Say::Close);
        Ended
    }

    fn say(&self, voice: &Voice, body: Vec<u8>) {
        _ = self.out.send(Say::Message(voice.clone(), body, How::Well));
    }

    /// No client can finish this with us: it trusts two public keys that are not ours.
    fn key_exchange(&self, packet: &[u8]) -> Result<(), Ended> {
        let body = packet.get(20..).unwrap_or_default().to_vec();
        let request = Request::read(body).map_err(|_| self.end_with(400))?;
        self.log(&request, None);
        let Some(call) = request.arguments::<functions::ReqPqMulti>() else { return Err(self.end_with(400)) };
        let answer = types::ResPq {
            nonce: call.nonce,
            server_nonce: [7; 16],
            pq: vec![0x17, 0xed, 0x48, 0x94, 0x1a, 0x08, 0xf9, 0x81],
            server_public_key_fingerprints: vec![1],
        };
        _ = self.out.send(Say::Plain(enums::ResPq::from(answer).to_bytes()));
        Ok(())
    }

    fn log(&self, request: &Request, key: Option<KeyId>) -> Option<(FaultId, Fault)> {
        let (peers, name) = subject(request);
        let account = key.and_then(|key| self.shared.asker(key)?.1);
        let (method, connection) = (request.method, self.number);
        let call =
            Call { at: Instant::now(), method, peers, name, account, connection, fault: None, early: false };
        self.shared.called(call, request.hello.clone())
    }

    async fn message(&self, voice: &Voice, key: KeyId, id: i64, body: Vec<u8>) -> Result<(), Ended> {
        let Ok(request) = Request::read(body) else {
            self.say(voice, rpc_result(id, &Refusal::bad("INPUT_FETCH_ERROR").to_bytes()));
            return Ok(());
        };
        let fault = self.log(&request, Some(key));
        match &fault {
            Some((_, Fault::HangUp)) => return Err(self.end()),
            Some((_, Fault::Transport(code))) => return Err(self.end_with(*code)),
            Some((_, Fault::Silence | Fault::Stall)) => return Ok(()),
            Some((_, Fault::Rpc(refusal))) => self.say(voice, rpc_result(id, &refusal.to_bytes())),
            Some((_, Fault::BadSalt)) => {
                let salt = self.shared.lock().change_salts();
                self.complain_of_salt(voice, id, 0, salt);
            }
            _ => return self.carry_out(voice, key, id, request, fault).await,
        }
        Ok(())
    }

    async fn carry_out(
        &self,
        voice: &Voice,
        key: KeyId,
        id: i64,
        request: Request,
        fault: Option<(FaultId, Fault)>,
    ) -> Result<(), Ended> {
        let salts = self.shared.lock().salts.clone();
        let body = match service(&request, id, &salts, now().0 as i32) {
            Service::Answer(body) => body,
            Service::Quiet => return Ok(()),
            Service::No => {
                let result = self.result(key, request).await;
                rpc_result(id, &spoil(result, fault.as_ref().map(|(_, fault)| fault)))
            }
        };
        self.deliver(voice, body, fault)
    }

    /// The answer, on a thread that may be slow about it.
    async fn result(&self, key: KeyId, request: Request) -> Vec<u8> {
        let shared = self.shared.clone();
        let slow = request.method == "auth.checkPassword";
        let answer = move || match shared.asker(key) {
            Some((asker, _)) => asker.answer(&request).unwrap_or_else(|refusal| refusal.to_bytes()),
            None => Refusal::unregistered().to_bytes(),
        };
        if !slow {
            return answer();
        }
        let answered = tokio::task::spawn_blocking(answer).await;
        answered.unwrap_or_else(|_| Refusal::internal().to_bytes())
    }

    fn deliver(&self, voice: &Voice, body: Vec<u8>, fault: Option<(FaultId, Fault)>) -> Result<(), Ended> {
        let foreign = Voice { session: voice.session ^ 1, ..voice.clone() };
        let how = match fault {
            Some((_, Fault::HangUpAfter)) => return Err(self.end()),
            Some((_, Fault::AnswerAndHangUp)) => {
                self.say(voice, body);
                return Err(self.end());
            }
            Some((id, fault @ (Fault::Delay(_) | Fault::Hold))) => {
                self.deliver_later(voice.clone(), body, id, fault);
                return Ok(());
            }
            Some((_, Fault::ForeignSession)) => {
                self.say(&foreign, body);
                return Ok(());
            }
            Some((_, Fault::AfterNext)) => How::AfterNext,
            Some((_, Fault::Container)) => How::InContainer,
            Some((_, Fault::CutFrame)) => How::HalfFrame,
            Some((_, Fault::BadChecksum)) => How::BadChecksum,
            _ => How::Well,
        };
        _ = self.out.send(Say::Message(voice.clone(), body, how));
        Ok(())
    }

    fn deliver_later(&self, voice: Voice, body: Vec<u8>, id: FaultId, fault: Fault) {
        let (shared, out) = (self.shared.clone(), self.out.clone());
        tokio::spawn(async move {
            let wait = async {
                match fault {
                    Fault::Delay(time) => tokio::time::sleep(time).await,
                    _ => shared.until(|state| (!state.faults.holds(id)).then_some(())).await,
                }
            };
            tokio::select! {
                () = wait => drop(out.send(Say::Message(voice, body, How::Well))),
                () = out.closed() => {}
            }
        });
    }
}
