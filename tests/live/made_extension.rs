//! What `aggcert extension` makes, put into a real cluster by the commands that it prints: ordinary users are answered, and
//! its CA is replaced without a failed request.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};

use crate::commands::{aggcert, front_proxy_flags, shell};
use crate::harness::{ControlPlane, FLUNDERS, KubeApiserver, Load, Process, Request, Servers, eventually};
use crate::pair::address;

const NAME: &str = "v1alpha1.wardle.example.com";
const SECRET: &str = "/api/v1/namespaces/wardle/secrets/api-serving-cert";

/// A cluster, the directory that is made for it, and what a kubelet would do.
struct Cluster<'a> {
    control_plane: &'a ControlPlane,
    server: KubeApiserver<'a>,
    port: u16,
    /// How often the Secret has been brought to the server.
    mounted: std::cell::Cell<u32>,
}

impl<'a> Cluster<'a> {
    fn new(control_plane: &'a ControlPlane) -> Self {
        let client_ca = control_plane.authority("ca");
        let mut flags = front_proxy_flags(control_plane.path());
        flags.push(format!("--client-ca-file={}", client_ca.certificate.display()));
        // There is no Service network: the endpoints are asked.
        flags.push("--enable-aggregator-routing=true".to_owned());
        let server = control_plane.kube_apiserver(&flags);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { control_plane, server, port, mounted: std::cell::Cell::new(0) }
    }

    /// A run, and the commands that it prints.
    fn extension(&self, arguments: &[&str]) -> (Value, Vec<String>) {
        let (port, mount) = (self.port.to_string(), self.control_plane.file("mount").display().to_string());
        let fixed = ["extension", NAME, "wardle", "--namespace", "wardle", "--service", "api", "--format", "json"];
        let options = ["--image", "sample-apiserver:1", "--port", &port, "--tls-dir", &mount];
        let done = aggcert(self.control_plane.path(), &[&fixed[..], &options, arguments].concat());
        let done: Value = serde_json::from_str(&done).unwrap();
        let commands = done["next"].as_array().unwrap().iter();
        let commands = commands.map(|next| next["command"].as_str().unwrap().to_owned()).collect();
        (done, commands)
    }

    fn shell(&self, command: &str) -> String {
        shell(self.control_plane.path(), &self.server.kubeconfig(), command)
    }

    /// Brings the Secret to the server as the kubelet's atomic writer does: a directory, and a link that changes.
    fn mount(&self) {
        let data = self.server.admin("GET", SECRET, None).json()["data"].clone();
        let number = self.mounted.get();
        self.mounted.set(number + 1);
        let mount = self.control_plane.file("mount");
        let version = format!("..version-{number}");
        fs::create_dir_all(mount.join(&version)).unwrap();
        for name in ["tls.crt", "tls.key"] {
            let encoded = data[name].as_str().unwrap();
            let block = format!("-----BEGIN DATA-----\n{encoded}\n-----END DATA-----\n");
            fs::write(mount.join(&version).join(name), pem::parse(block).unwrap().contents()).unwrap();
            if number == 0 {
                symlink(Path::new("..data").join(name), mount.join(name)).unwrap();
            }
        }
        symlink(&version, mount.join("..new")).unwrap();
        fs::rename(mount.join("..new"), mount.join("..data")).unwrap();
        if number > 0 {
            fs::remove_dir_all(mount.join(format!("..version-{}", number - 1))).unwrap();
        }
    }

    fn token(&self, account: &str) -> String {
        self.shell(&format!("kubectl create token --namespace wardle {account}")).trim().to_owned()
    }

    /// What a controller manager would have made, and a user who may do everything without being in system:masters.
    fn surroundings(&self, address: &str) {
        self.shell("kubectl create serviceaccount --namespace wardle alice");
        self.shell("kubectl create clusterrolebinding alice --clusterrole cluster-admin --serviceaccount wardle:alice");
        self.server.create(
            "/apis/discovery.k8s.io/v1/namespaces/wardle/endpointslices",
            json!({
                "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "addressType": "IPv4",
                "metadata": {"name": "api-1", "labels": {"kubernetes.io/service-name": "api"}},
                "endpoints": [{"addresses": [address], "conditions": {"ready": true}}],
                "ports": [{"name": "https", "port": self.port, "protocol": "TCP"}],
            }),
        );
    }

    /// The extension server with the printed arguments, and those that a server outside a Pod needs besides.
    fn start(&self, arguments: &Value) -> Process {
        let kubeconfig = self.server.kubeconfig_of("api", &self.token("api"));
        let mut flags: Vec<String> =
            arguments.as_array().unwrap().iter().map(|flag| flag.as_str().unwrap().to_owned()).collect();
        flags.extend(
            ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"]
                .map(|flag| format!("--{flag}={kubeconfig}")),
        );
        flags.push(format!("--etcd-servers={}", self.control_plane.etcd_url));
        let program = self.control_plane.servers.program("sample-apiserver");
        let mut process = Process::start("made-extension", &program, &flags, self.control_plane.path());
        let listens = |_: &Process| TcpStream::connect(("127.0.0.1", self.port)).is_ok();
        assert!(process.wait_until(listens), "{}", process.log());
        process
    }

    fn alice(&self) -> u16 {
        let token = self.token("alice");
        self.server.send(FLUNDERS, Request { token: Some(&token), ..Request::default() }).status
    }

    /// Neither the files nor the cluster has anything that is wrong.
    fn assert_clean(&self) {
        let of_files = aggcert(self.control_plane.path(), &["check", "wardle"]);
        assert!(of_files.starts_with("Nothing found."), "{of_files}");
        #[cfg(feature = "cluster")]
        {
            let kubeconfig = self.server.kubeconfig();
            let arguments = ["check", "--kubeconfig", &kubeconfig, "--fail-on", "warning", "--format", "json"];
            let report: Value = serde_json::from_str(&aggcert(self.control_plane.path(), &arguments)).unwrap();
            let targets = report["targets"].as_array().unwrap();
            assert!(targets.iter().any(|target| target["name"].as_str().unwrap().contains(NAME)), "{report:#}");
        }
    }
}

#[test]
fn what_is_made_answers_and_its_ca_is_replaced_without_a_failed_request() {
    let Some(servers) = Servers::find_with("sample-apiserver") else { return };
    let Some(address) = address() else { return };
    let control_plane = ControlPlane::new(&servers);
    let cluster = Cluster::new(&control_plane);
    let (made, commands) = cluster.extension(&[]);
    assert!(commands[0].starts_with("kubectl create namespace") && commands[1].starts_with("kubectl apply"));
    commands[..3].iter().for_each(|command| drop(cluster.shell(command)));
    cluster.surroundings(&address);
    cluster.mount();
    let _extension = cluster.start(&made["arguments"]);
    eventually("an ordinary user is answered", || cluster.alice() == 200);
    cluster.assert_clean();

    let load = Load::start(&control_plane, &cluster.server, 20);
    eventually("the load goes on", || load.served().requests > 60);
    let (_, trust_both) = cluster.extension(&["--replace-ca"]);
    // The caBundle, the comparison, and the command for the next step.
    trust_both[..2].iter().for_each(|command| drop(cluster.shell(command)));
    let so_far = load.served().requests;
    eventually("the load goes on with both CAs trusted", || load.served().requests > so_far + 60);
    cluster.assert_clean();
    let (_, switch) = cluster.extension(&["--next", "switch"]);
    cluster.shell(&switch[0]);
    cluster.mount();
    #[cfg(feature = "cluster")]
    eventually("the server shows the new certificate", || {
        assert_eq!(switch[1], format!("aggcert probe --kubeconfig --api-service {NAME}"));
        let shown = cluster.shell(&format!("{}; true", switch[1]));
        shown.contains("issued by CN=api-serving-ca-20")
    });
    #[cfg(not(feature = "cluster"))]
    std::thread::sleep(std::time::Duration::from_secs(65));
    cluster.assert_clean();
    let (done, distrust) = cluster.extension(&["--next", "distrust"]);
    assert_eq!(done["stage"], "one-ca");
    cluster.shell(&distrust[0]);
    let so_far = load.served().requests;
    eventually("the load goes on with the new CA alone", || load.served().requests > so_far + 60);
    cluster.assert_clean();
    assert_eq!(cluster.alice(), 200);
    let served = load.served();
    assert!(served.requests > 180 && served.failed.is_empty(), "{served:?}");

    // Without the steps there is a gap.
    let (_, anew) = cluster.extension(&["--force"]);
    cluster.shell(&anew[0]);
    eventually("a request fails", || !load.served().failed.is_empty());
    cluster.mount();
    eventually("an ordinary user is answered again", || cluster.alice() == 200);
}
