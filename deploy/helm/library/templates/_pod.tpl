{{- /* Where a pod may run: dict "root" $ "own" (map with nodeSelector, tolerations, affinity). */ -}}
{{- define "library.placement" -}}
{{- $global := .root.Values.global -}}
{{- with .own.nodeSelector | default $global.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .own.tolerations | default $global.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .own.affinity | default $global.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .own.priorityClassName | default $global.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $global.hostAliases }}
hostAliases: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $global.dnsConfig }}
dnsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $global.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with $global.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "library.spread" -}}
{{- $selector := include "library.selector" . -}}
{{- if .own -}}
{{ toYaml .own }}
{{- else -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- $selector | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end -}}
{{- end -}}

{{- /* What every container of a service knows: the service's ConfigMap, and the files with the secrets that this one reads.
dict "root" $ "service" "books" "own" (effective values) "act" "serve" */ -}}
{{- define "library.environment" -}}
envFrom:
  - configMapRef: {name: {{ include "library.name" (dict "root" .root "component" .service) }}}
  {{- with .own.extraEnvFrom }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
env:
  {{- range (include "library.secrets" . | fromYaml).all }}
  {{- if and .env .path }}
  - {name: {{ .env }}, value: /var/run/library/{{ .path }}}
  {{- else if .env }}
  - {name: {{ .env }}, value: {{ .value | quote }}}
  {{- end }}
  {{- end }}
  {{- if and (eq .service "members") (eq .act "serve") }}
  - {name: MEMBERS_SIGNING_KEYS_FILE, value: /var/run/library/signing-keys}
  - name: MEMBERS_CLIENTS
    value: {{ include "library.clients" .root | quote }}
  {{- end }}
  {{- if and (eq .service "books") (ne .act "serve") }}
  - {name: AUTH_JWKS_URL, value: ""}{{- /* hides what the ConfigMap says: only the API checks tokens, and reaches members */}}
  {{- end }}
  {{- with .own.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- /* The registered clients. Their secrets are in files beside, so that none stands in a manifest. */ -}}
{{- define "library.clients" -}}
{{- $clients := dict "loans" (dict "secret_file" "/var/run/library/loans-client-password" "scopes" "books:lending members:standing") -}}
{{- $_ := set $clients "members" (dict "secret_file" "/var/run/library/members-client-password" "scopes" "loans:facts") -}}
{{- if include "library.smokeClient" . -}}
{{- $scopes := "books:write members:read members:write loans:read loans:write" -}}
{{- $_ := set $clients "smoke-test" (dict "secret_file" "/var/run/library/smoke-client-password" "scopes" $scopes) -}}
{{- end -}}
{{- range $id, $client := .Values.clients -}}
{{- $_ := set $clients $id (dict "secret_hash" $client.secretHash "scopes" $client.scopes) -}}
{{- end -}}
{{- $clients | toJson -}}
{{- end -}}

{{- /* One container: dict "root" $ "service" s "own" v "act" "serve" "name" n "args" list "resources" map. It acts by
`serve`, `relay`, `migrate`, `await-schema` or `sweep`; the first two answer on a port. */ -}}
{{- define "library.container" -}}
name: {{ .name }}
image: {{ include "library.image" (dict "root" .root "image" .root.Values.image "tag" .root.Chart.AppVersion) }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{- toYaml .args | nindent 2 }}
{{ include "library.environment" . }}
{{- if has .act (list "serve" "relay") }}
{{- $scheme := ternary "https" "http" (and .root.Values.tls.internal.enabled (eq .act "serve")) | upper }}
ports:
  - {name: http, containerPort: 8000}
  - {name: metrics, containerPort: {{ .root.Values.metrics.port }}}
startupProbe:
  httpGet: {path: /health/live, port: http, scheme: {{ $scheme }}}
  {{- toYaml .own.probes.startup | nindent 2 }}
livenessProbe:
  httpGet: {path: /health/live, port: http, scheme: {{ $scheme }}}
  {{- toYaml .own.probes.liveness | nindent 2 }}
readinessProbe:
  httpGet: {path: /health/ready, port: http, scheme: {{ $scheme }}}
  {{- toYaml .own.probes.readiness | nindent 2 }}
{{- with .own.preStopSleepSeconds }}
lifecycle:
  preStop: {sleep: {seconds: {{ . }}}}
{{- end }}
{{- end }}
resources: {{- toYaml .resources | nindent 2 }}
securityContext: {{- toYaml .own.securityContext | nindent 2 }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  - {name: secrets-{{ .act }}, mountPath: /var/run/library, readOnly: true}
  {{- with .own.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- /* dict "root" $ "service" "books" "own" v "acts" (what the containers of the pod do): a folder of secrets for each */ -}}
{{- define "library.volumes" -}}
{{- $of := . -}}
- name: tmp
  emptyDir: {sizeLimit: 1Gi}
{{- range $act := .acts }}
- name: secrets-{{ $act }}
  projected:
    defaultMode: 0440
    sources:
      {{- range (include "library.secrets" (merge (dict "act" $act) $of) | fromYaml).all }}
      {{- if .path }}
      - secret: {name: {{ .secret }}, items: [{key: {{ .key }}, path: {{ .path }}}]}
      {{- end }}
      {{- end }}
{{- end }}
{{- with .own.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
