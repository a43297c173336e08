//! Servers that are asked themselves.

use std::net::TcpListener;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::fake::{API_SERVICES, Answers, CONFIG_MAP, Cluster, broken};

pub(crate) type Ca = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn ca(name: &str) -> Ca {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// A TLS server on loopback that accepts clients of these CAs; its port. The thread ends with the test.
pub(crate) fn serve(serving: &Ca, accepts: &[&Ca]) -> u16 {
    serve_as(serving, &accepts.iter().map(|ca| ca.pem()).collect::<String>())
}

/// The same for a bundle.
pub(crate) fn serve_as(serving: &Ca, bundle: &str) -> u16 {
    let key = KeyPair::generate().unwrap();
    let names = vec!["metrics-server.kube-system.svc".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, serving).unwrap();
    let mut roots = RootCertStore::empty();
    let bundle = CertificateDer::pem_slice_iter(bundle.as_bytes());
    bundle.for_each(|ca| roots.add(ca.unwrap()).unwrap());
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap(),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            // Whoever only looks goes away then.
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
    });
    port
}

/// The cluster of `broken`, with one Pod at this address behind its Service, a caBundle and a requestheader CA.
fn cluster(address: &str, port: u16, bundle: &Ca, requestheader: &Ca) -> Answers {
    let mut answers = broken();
    let service = &mut answers.get_mut(API_SERVICES).unwrap()[0].1["items"][0];
    service["spec"]["insecureSkipTLSVerify"] = false.into();
    service["spec"]["caBundle"] = STANDARD.encode(bundle.pem()).into();
    service["status"] = Value::Null;
    answers.get_mut(CONFIG_MAP).unwrap()[0].1["data"]["requestheader-client-ca-file"] = requestheader.pem().into();
    let slice = json!({
        "metadata": {"name": "x", "namespace": "kube-system",
                     "labels": {"kubernetes.io/service-name": "metrics-server"}},
        "ports": [{"port": port}],
        "endpoints": [{"addresses": [address],
                       "targetRef": {"kind": "Pod", "name": "metrics-1", "namespace": "kube-system"}}],
    });
    let path = "/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices";
    answers.insert(path.to_owned(), vec![(200, json!({"items": [slice]}))]);
    answers.insert(forwarded(), vec![(101, Value::Null)]);
    answers
}

fn forwarded() -> String {
    "/api/v1/namespaces/kube-system/pods/metrics-1/portforward".to_owned()
}

fn check(answers: Answers) -> (String, Vec<String>) {
    let cluster = Cluster::new(answers);
    let output = cluster.run(&["check", "--at", "2027-01-01", "--verbose", "--probe"]);
    (String::from_utf8(output.stdout).unwrap(), cluster.asked())
}

const NOT_LOADED: &str =
    "Pod kube-system/metrics-1 does not accept clients of CN=front-proxy-ca, which the cluster has";
const UNTRUSTED: &str = "caBundle, CN=other, does not verify the certificate of Pod kube-system/metrics-1";

/// Here nothing listens; the API leads there all the same.
const ELSEWHERE: &str = "127.0.0.2";

#[test]
fn a_server_shows_its_certificate_and_whom_it_accepts() {
    let [serving, front_proxy, other] = ["serving", "front-proxy-ca", "other"].map(ca);
    for address in ["127.0.0.1", ELSEWHERE] {
        let port = serve(&serving, &[&front_proxy]);
        let (text, asked) = check(cluster(address, port, &serving, &front_proxy));
        assert!(!text.contains("[serving-certificate") && !text.contains("not-loaded]"), "{text}");
        assert_eq!(asked.iter().any(|path| path.contains("portforward")), address == ELSEWHERE, "{asked:?}");
        let port = serve(&serving, &[&other]);
        let (text, _) = check(cluster(address, port, &other, &front_proxy));
        assert!(text.contains(NOT_LOADED) && text.contains(UNTRUSTED), "{address}: {text}");
        assert!(text.contains("--> <cluster prod>: Handshake kube-system/metrics-1, accepts"), "{text}");
    }
}

#[test]
fn what_is_collected_of_a_server_is_judged_alike() {
    let [serving, front_proxy, other] = ["serving", "front-proxy-ca", "other"].map(ca);
    let port = serve(&serving, &[&other]);
    let cluster = Cluster::new(cluster("127.0.0.1", port, &other, &front_proxy));
    let collected = cluster.run(&["collect", "--probe"]).stdout;
    std::fs::write(cluster.directory.path().join("x.yaml"), collected).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_aggcert"));
    let output = command.args(["check", "--at", "2027-01-01", "x.yaml"]).current_dir(cluster.directory.path()).output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(text.contains(NOT_LOADED) && text.contains(UNTRUSTED), "{text}");
}

#[test]
fn what_could_not_be_asked_is_undecided_by_the_right_that_lacks() {
    let [serving, front_proxy] = ["serving", "front-proxy-ca"].map(ca);
    let port = serve(&serving, &[&front_proxy]);
    let mut answers = cluster(ELSEWHERE, port, &serving, &front_proxy);
    let message = "pods \"x\" is forbidden: User \"x\" cannot get resource \"pods/portforward\"";
    let status = |message: &str| (403, json!({"kind": "Status", "status": "Failure", "code": 403, "message": message}));
    answers.insert(forwarded(), vec![status(message)]);
    let (text, _) = check(answers.clone());
    let needs = "the account needs the right to get pods/portforward; `aggcert rbac --probe` prints all of them";
    assert!(text.contains(needs) && text.contains("requestheader-ca-not-loaded"), "{text}");
    // kube-apiserver 1.37 says no more where `create` lacks.
    answers.insert(forwarded(), vec![status("pods \"x\" is forbidden: ")]);
    let (text, _) = check(answers);
    assert!(text.contains("the right to create pods/portforward"), "{text}");
}

#[test]
fn the_servers_of_one_api_are_judged_by_what_kube_apiserver_has() {
    let [serving, front_proxy, other] = ["serving", "front-proxy-ca", "other"].map(ca);
    let port = serve(&serving, &[&front_proxy]);
    let probe = |bundle: &Ca, arguments: &[&str]| {
        let cluster = Cluster::new(cluster(ELSEWHERE, port, bundle, &front_proxy));
        let output = cluster.run(&[&["probe"], arguments].concat());
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.code().unwrap(), text)
    };
    let (code, text) = probe(&serving, &["--api-service", "v1beta1.metrics.k8s.io"]);
    assert!(text.starts_with("Pod kube-system/metrics-1 through the API\n"), "{text}");
    assert!(code == 0 && text.contains("verified  for metrics-server.kube-system.svc"), "{code} {text}");
    assert!(text.contains("CN=front-proxy-ca: yes"), "{text}");
    let (code, text) = probe(&other, &["--api-service", "v1beta1.metrics.k8s.io"]);
    assert!(code == 1 && text.contains("verified  no: x509: certificate signed by unknown authority"), "{text}");
    let (code, text) = probe(&serving, &["--api-service", "v1.none"]);
    assert!(code == 1 && text.contains("has no APIService v1.none"), "{text}");
    let mut local = broken();
    let item = json!({"metadata": {"name": "v1.apps"}, "spec": {"group": "apps", "version": "v1"}});
    local.insert(API_SERVICES.to_owned(), vec![(200, json!({"items": [item]}))]);
    let output = Cluster::new(local).run(&["probe", "--api-service", "v1.apps"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("v1.apps is local"), "{output:?}");
    let (code, text) = probe(&serving, &["--api-service", "v1.none", "--user", "system:apiserver"]);
    assert!(code == 2 && text.contains("this user may have rights"), "{text}");
}

#[test]
fn a_server_is_verified_by_a_file_for_the_name_that_is_asked_for() {
    let [serving, front_proxy] = ["serving", "front-proxy-ca"].map(ca);
    let address = format!("127.0.0.1:{}", serve(&serving, &[&front_proxy]));
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("ca.crt"), serving.pem()).unwrap();
    let probe = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_aggcert"));
        command.args(["probe", &address, "--ca-bundle", "ca.crt"]).args(arguments).current_dir(directory.path());
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = probe(&["--server-name", "metrics-server.kube-system.svc"]);
    assert!(code == 0 && text.contains("verified  for metrics-server.kube-system.svc"), "{text}");
    let (code, text) = probe(&["--server-name", "other.kube-system.svc"]);
    assert!(code == 1 && text.contains("no: x509: certificate is valid for metrics-server"), "{text}");
    assert!(probe(&[]).1.contains("no: it is not for the address 127.0.0.1"));
}
