//! A server of a few lines of HTTP that answers as it is told, and the kubeconfig that leads to it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::forward::forward;

pub(crate) const CONFIG_MAP: &str = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
pub(crate) const API_SERVICES: &str = "/apis/apiregistration.k8s.io/v1/apiservices";
pub(crate) const PODS: &str = "/api/v1/namespaces/kube-system/pods";

/// What is asked, with its query, and the answers in the order in which they are given; the last one stays.
pub(crate) type Answers = BTreeMap<String, Vec<(u16, Value)>>;

/// A server and the kubeconfig that leads to it. The thread ends with the test.
pub(crate) struct Cluster {
    asked: Arc<Mutex<Vec<(String, String)>>>,
    server: String,
    pub directory: TempDir,
}

impl Cluster {
    pub(crate) fn new(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answers) = (Arc::clone(&asked), Arc::new(Mutex::new(answers)));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answers) = (Arc::clone(&log), Arc::clone(&answers));
                std::thread::spawn(move || serve(&stream, &log, &answers));
            }
        });
        let directory = tempfile::tempdir().unwrap();
        let configuration = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "prod",
            "clusters": [{"name": "c", "cluster": {"server": server.clone()}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "prod", "context": {"cluster": "c", "user": "u"}}],
        });
        fs::write(directory.path().join("config"), configuration.to_string()).unwrap();
        Self { asked, server, directory }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aggcert"));
        command.args(arguments).args(["--kubeconfig", "config"]).current_dir(self.directory.path());
        command.env_remove("KUBECONFIG").env_remove("HTTPS_PROXY").env_remove("https_proxy").output().unwrap()
    }

    pub(crate) fn check(&self) -> String {
        let output = self.run(&["check", "--at", "2027-01-01", "--verbose"]);
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn collect(&self) -> String {
        let output = self.run(&["collect"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }

    /// The whole heads of the requests.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(_, head)| head.clone()).collect()
    }

    /// Its URL.
    pub(crate) fn server(&self) -> String {
        self.server.clone()
    }
}

fn serve(stream: &TcpStream, log: &Mutex<Vec<(String, String)>>, answers: &Mutex<Answers>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            head.push(line);
        }
        let length =
            head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        std::io::copy(&mut (&mut reader).take(length.unwrap_or(0)), &mut std::io::sink()).unwrap();
        let target = head[0].split(' ').nth(1).unwrap();
        // A proxy is asked for the whole URL.
        let path = target.strip_prefix("http://cluster.invalid:8080").unwrap_or(target).to_owned();
        let (status, body) = answer(&mut answers.lock().unwrap(), &path);
        log.lock().unwrap().push((path.clone(), head.concat()));
        let key = head.iter().find_map(|line| line.strip_prefix("sec-websocket-key: "));
        if let (Some(key), 101) = (key, status) {
            forward(stream, key.trim(), path.rsplit('=').next().unwrap().parse().unwrap());
            return;
        }
        let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if (&*stream).write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Of the exact request, of its path, or an empty list.
fn answer(answers: &mut Answers, request: &str) -> (u16, Value) {
    let path = request.split('?').next().unwrap();
    let key = if answers.contains_key(request) { request } else { path };
    match answers.get_mut(key) {
        Some(known) if known.len() > 1 => known.remove(0),
        Some(known) => known[0].clone(),
        None => (200, json!({"kind": "List", "metadata": {}, "items": []})),
    }
}

pub(crate) fn refusal(what: &str) -> (u16, Value) {
    let message = format!("{what} is forbidden: User \"x\" cannot read it");
    (
        403,
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403, "reason": "Forbidden", "message": message}),
    )
}

pub(crate) fn version() -> (String, Vec<(u16, Value)>) {
    ("/version".to_owned(), vec![(200, json!({"gitVersion": "v1.37.2"}))])
}

/// A cluster with one extension server that is not available.
pub(crate) fn broken() -> Answers {
    let api_service = json!({
        "metadata": {"name": "v1beta1.metrics.k8s.io", "annotations": {"x": "s3cret"}},
        "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "insecureSkipTLSVerify": true,
                 "service": {"namespace": "kube-system", "name": "metrics-server"}},
        "status": {"conditions": [{"type": "Available", "status": "False", "reason": "FailedDiscoveryCheck",
                                   "message": "bad status from https://10.0.0.7:443/apis/metrics.k8s.io/v1beta1: 401"}]},
    });
    let config_map = json!({
        "metadata": {"name": "extension-apiserver-authentication", "namespace": "kube-system"},
        "data": {"requestheader-allowed-names": "[\"front-proxy-client\"]", "other": "s3cret"},
    });
    let service = json!({"metadata": {"name": "metrics-server", "namespace": "kube-system"},
                         "spec": {"selector": {"k8s-app": "metrics-server"}, "ports": [{"port": 443}]}});
    BTreeMap::from([
        version(),
        (CONFIG_MAP.to_owned(), vec![(200, config_map)]),
        (API_SERVICES.to_owned(), vec![(200, json!({"items": [api_service]}))]),
        ("/api/v1/namespaces/kube-system/services/metrics-server".to_owned(), vec![(200, service)]),
        (
            "/metrics".to_owned(),
            vec![(200, json!("aggregator_unavailable_apiservice{name=\"v1beta1.metrics.k8s.io\"} 1\n"))],
        ),
    ])
}
