//! What `docs/kubernetes.md` shows: manifests that fit together and the program, and a command that makes the rules' one.
//!
//! No cluster is asked: of what Kubernetes knows, only what is compared here is known to be right.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::exporter::Exporter;
use support::http;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The page's blocks in a language.
fn blocks(language: &str) -> Vec<String> {
    let page = read("docs/kubernetes.md");
    let opening = format!("```{language}\n");
    page.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The manifest of a kind, of which there is one.
fn manifest(kind: &str) -> Value {
    let blocks = blocks("yaml");
    let documents = blocks.iter().flat_map(|block| serde_saphyr::from_multiple::<Value>(block).unwrap());
    let found: Vec<_> = documents.filter(|document| document["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind}");
    found.into_iter().next().unwrap()
}

fn pod() -> Value {
    manifest("Deployment")["spec"]["template"]["spec"].clone()
}

fn container() -> Value {
    let containers = pod()["containers"].clone();
    assert_eq!(containers.as_array().unwrap().len(), 1);
    containers[0].clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// The exporter with the page's arguments and the file of its `ConfigMap`, whose paths lead into `folder`; told only to check.
fn check(folder: &Path) -> Output {
    let place = |text: &str| {
        let text = text.replace("/etc/cloacina-exporter/config", &folder.display().to_string());
        let text = text.replace("/etc/cloacina-exporter/secret", &folder.display().to_string());
        text.replace("/var/lib/cloacina-exporter", &folder.display().to_string())
    };
    for (name, content) in manifest("ConfigMap")["data"].as_object().unwrap() {
        std::fs::write(folder.join(name), place(text(content))).unwrap();
    }
    std::fs::write(folder.join("password"), "secret\n").unwrap();
    let container = container();
    let arguments = container["args"].as_array().unwrap().iter().map(|argument| place(text(argument)));
    Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"))
        .args(arguments)
        .arg("--config.check")
        .env_clear()
        .output()
        .unwrap()
}

#[test]
fn the_program_takes_the_arguments_and_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let output = check(folder.path());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    let port = &container()["ports"][0]["containerPort"];
    assert!(said.contains(&format!("serve http://0.0.0.0:{port}/metrics\n")), "{said}");
    assert!(said.contains("postgres://"), "{said}");
    assert!(!said.contains("secret\n"), "{said}");
}

#[tokio::test]
async fn the_program_answers_probes_and_scrapes_on_the_page_s_paths() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("missing.db").display().to_string();
    let mut exporter = Exporter::launch(&["--database", &database, "--state.file", "none"]);
    let container = container();
    let alive = text(&container["livenessProbe"]["httpGet"]["path"]).to_owned();
    let address = exporter.address();
    // Though there is no database: what a restart does not mend is no reason for one.
    support::process::eventually("an answer", async || http::get(address, &alive).await.is_some()).await;
    assert_eq!(http::get(address, &alive).await.unwrap().status, 200);
    let ready = text(&container["readinessProbe"]["httpGet"]["path"]).to_owned();
    support::process::eventually("readiness", async || {
        http::get(address, &ready).await.is_some_and(|answer| answer.status == 200)
    })
    .await;
    let path = manifest("ServiceMonitor")["spec"]["endpoints"][0]["path"].clone();
    assert_eq!(http::get(address, text(&path)).await.unwrap().status, 200);
    assert_eq!(exporter.terminate(), 0);
}

#[test]
fn labels_and_ports_lead_from_the_scrape_to_the_container() {
    let (deployment, service, monitor) =
        (manifest("Deployment"), manifest("Service"), manifest("ServiceMonitor"));
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    assert_eq!(&deployment["spec"]["selector"]["matchLabels"], labels);
    assert_eq!(&service["spec"]["selector"], labels);
    assert_eq!(monitor["spec"]["selector"]["matchLabels"], service["metadata"]["labels"]);
    let container = container();
    let port = &container["ports"][0]["name"];
    assert_eq!(&service["spec"]["ports"][0]["targetPort"], port);
    assert_eq!(monitor["spec"]["endpoints"][0]["port"], service["spec"]["ports"][0]["name"]);
    for probe in ["livenessProbe", "readinessProbe"] {
        assert_eq!(&container[probe]["httpGet"]["port"], port);
    }
}

#[test]
fn every_mount_has_its_volume_and_every_volume_its_object() {
    let pod = pod();
    let container = container();
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| text(&one["name"]).to_owned()).collect()
    };
    assert_eq!(names(&container["volumeMounts"]), names(&pod["volumes"]));
    let volumes = &pod["volumes"];
    assert_eq!(volumes[0]["configMap"]["name"], manifest("ConfigMap")["metadata"]["name"]);
    assert_eq!(
        volumes[2]["persistentVolumeClaim"]["claimName"],
        manifest("PersistentVolumeClaim")["metadata"]["name"]
    );
    let secret = text(&volumes[1]["secret"]["secretName"]).to_owned();
    let create = format!("kubectl create secret generic {secret} --from-file=password=");
    assert!(blocks("sh").iter().any(|block| block.contains(&create)), "{create}");
    // The directory of the state is the one that the image gives to its user.
    let mount = text(&container["volumeMounts"][2]["mountPath"]);
    assert!(read("Dockerfile").contains(&format!("--chown=65532:65532 /state {mount}\n")), "{mount}");
}

#[test]
fn the_pod_has_no_rights_and_one_owner_of_its_state() {
    let (deployment, pod, container) = (manifest("Deployment"), pod(), container());
    assert_eq!(deployment["spec"]["replicas"], 1);
    assert_eq!(deployment["spec"]["strategy"], json!({"type": "Recreate"}));
    assert_eq!(pod["enableServiceLinks"], false);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["runAsUser"], 65532);
    let expected = json!({
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": {"drop": ["ALL"]},
    });
    assert_eq!(container["securityContext"], expected);
    let version = format!(":{}", env!("CARGO_PKG_VERSION"));
    assert!(text(&container["image"]).ends_with(&version), "{version}");
}

/// What the page's command for the rules gives to `kubectl`.
fn applied() -> String {
    let folder = tempfile::tempdir().unwrap();
    let kubectl = folder.path().join("kubectl");
    std::fs::write(&kubectl, "#!/bin/sh\necho \"# $*\"\ncat\n").unwrap();
    std::fs::set_permissions(&kubectl, std::fs::Permissions::from_mode(0o755)).unwrap();
    let blocks = blocks("sh");
    let command = blocks.iter().find(|block| block.contains("PrometheusRule")).unwrap();
    let output = Command::new("sh")
        .args(["-euc", command])
        .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_command_makes_a_rule_object_with_all_groups_and_other_hosts() {
    let applied = applied();
    assert!(applied.starts_with("# apply -f -\n"), "{applied}");
    assert!(!applied.contains("://grafana.example") && !applied.contains("://runbooks.example"));
    let object: Value = serde_saphyr::from_str(&applied).unwrap();
    assert_eq!(object["apiVersion"], "monitoring.coreos.com/v1");
    assert_eq!(object["kind"], "PrometheusRule");
    assert_eq!(object["metadata"]["labels"], manifest("ServiceMonitor")["metadata"]["labels"]);
    let rules = read("alerts/cloacina-alerts.yaml")
        .replace("https://grafana.example", "https://grafana.internal")
        .replace("https://runbooks.example", "https://wiki.internal/cloacina");
    let rules: Value = serde_saphyr::from_str(&rules).unwrap();
    assert!(rules["groups"].as_array().unwrap().len() >= 4);
    assert_eq!(object["spec"], rules);
}
