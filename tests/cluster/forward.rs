//! The kubelet's side of a port-forward (k8s.io/cri-streaming, `handleWebSocketStreams`): a channel of data and one of errors for
//! each port, each of which begins with the port's number.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::Role;
use tungstenite::{Error, Message, WebSocket};

/// How long one side is listened to before the other is.
const TURN: Duration = Duration::from_millis(5);

/// Leads a WebSocket to a port of this host.
pub(crate) fn forward(stream: &TcpStream, key: &str, port: u16) {
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\
         Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n",
        derive_accept_key(key.as_bytes())
    );
    (&*stream).write_all(answer.as_bytes()).unwrap();
    stream.set_read_timeout(Some(TURN)).unwrap();
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    let [low, high] = port.to_le_bytes();
    let send = |channel: u8, bytes: &[u8], socket: &mut WebSocket<&TcpStream>| {
        socket.send(Message::binary([&[channel], bytes].concat())).is_ok()
    };
    if !(0..2).all(|channel| send(channel, &[low, high], &mut socket)) {
        return;
    }
    let mut upstream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    upstream.set_read_timeout(Some(TURN)).unwrap();
    let is_idle = |error: &std::io::Error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    let mut buffer = [0; 16 << 10];
    loop {
        match socket.read() {
            Ok(Message::Binary(bytes)) if bytes.first() == Some(&0) => upstream.write_all(&bytes[1..]).unwrap(),
            Ok(Message::Close(_)) => return,
            Ok(_) => {}
            Err(Error::Io(error)) if is_idle(&error) => {}
            Err(_) => return,
        }
        match upstream.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) if send(0, &buffer[..count], &mut socket) => {}
            Ok(_) => return,
            Err(error) if is_idle(&error) => {}
            Err(_) => return,
        }
    }
}
