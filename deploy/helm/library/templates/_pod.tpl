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
{{- end }}
{{- end -}}
{{- end -}}

{{- /* What every container of a service knows: the service's ConfigMap and the credentials that it needs.
dict "root" $ "service" "books" "own" (effective values) "relay" bool */ -}}
{{- define "library.environment" -}}
envFrom:
  - configMapRef: {name: {{ include "library.name" (dict "root" .root "component" .service) }}}
  {{- with .own.extraEnvFrom }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
env:
  {{- include "library.databaseEnv" . | nindent 2 }}
  {{- if .relay }}
  {{- include "library.brokerEnv" . | nindent 2 }}
  {{- end }}
  {{- if ne .service "books" }}
  - name: LOANS_CLIENT_SECRET
    valueFrom: {secretKeyRef: {name: {{ include "library.credentials" .root }}, key: loans-client-password}}
  {{- end }}
  {{- if eq .service "members" }}
  {{- if include "library.smokeTest" .root }}
  - name: SMOKE_CLIENT_SECRET
    valueFrom: {secretKeyRef: {name: {{ include "library.credentials" .root }}, key: smoke-client-password}}
  {{- end }}
  - name: MEMBERS_CLIENTS
    value: {{ include "library.clients" .root | quote }}
  {{- end }}
  {{- with .own.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- /* The registered clients. $(NAME) is filled in by the kubelet, so that no secret stands in a manifest. */ -}}
{{- define "library.clients" -}}
{{- $clients := dict "loans" (dict "secret" "$(LOANS_CLIENT_SECRET)" "scopes" "books:lending members:standing") -}}
{{- if include "library.smokeTest" . -}}
{{- $scopes := "books:write members:read members:write loans:read loans:write" -}}
{{- $_ := set $clients "smoke-test" (dict "secret" "$(SMOKE_CLIENT_SECRET)" "scopes" $scopes) -}}
{{- end -}}
{{- range $id, $client := .Values.clients -}}
{{- $_ := set $clients $id (dict "secret_hash" $client.secretHash "scopes" $client.scopes) -}}
{{- end -}}
{{- $clients | toJson -}}
{{- end -}}

{{- define "library.databaseEnv" -}}
{{- $prefix := printf "%s_DATABASE" (upper .service) -}}
{{- $keys := .own.database.secretKeys -}}
{{- $secret := .own.database.existingSecret -}}
{{- if and $secret $keys.uri }}
- name: {{ $prefix }}_URL
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: {{ $keys.uri }}}}
{{- else if $secret }}
{{- range $part, $key := dict "HOST" $keys.host "PORT" $keys.port "NAME" $keys.dbname "USER" $keys.username "PASSWORD" $keys.password }}
{{- if $key }}
- name: {{ $prefix }}_{{ $part }}
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: {{ $key }}}}
{{- end }}
{{- end }}
{{- else }}
- name: {{ $prefix }}_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "library.credentials" .root }}, key: {{ .service }}-db-password}}
{{- end }}
{{- end -}}

{{- define "library.brokerEnv" -}}
{{- $external := .root.Values.externalRabbitmq -}}
{{- if .root.Values.rabbitmq.enabled }}
- name: RABBITMQ_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "library.credentials" .root }}, key: rabbitmq-password}}
{{- else if $external.secretKeys.uri }}
- name: RABBITMQ_URL
  valueFrom: {secretKeyRef: {name: {{ $external.existingSecret }}, key: {{ $external.secretKeys.uri }}}}
{{- else }}
{{- $keys := $external.secretKeys }}
{{- range $part, $key := dict "HOST" $keys.host "PORT" $keys.port "USER" $keys.username "PASSWORD" $keys.password }}
{{- if $key }}
- name: RABBITMQ_{{ $part }}
  valueFrom: {secretKeyRef: {name: {{ $external.existingSecret }}, key: {{ $key }}}}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* One container: dict "root" $ "service" s "own" v "relay" bool "name" n "args" list "resources" map "serving" bool */ -}}
{{- define "library.container" -}}
name: {{ .name }}
image: {{ include "library.image" (dict "root" .root "image" .root.Values.image "tag" .root.Chart.AppVersion) }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: {{- toYaml .args | nindent 2 }}
{{ include "library.environment" . }}
{{- if .serving }}
ports:
  - {name: http, containerPort: 8000}
startupProbe:
  httpGet: {path: /health/live, port: http}
  {{- toYaml .own.probes.startup | nindent 2 }}
livenessProbe:
  httpGet: {path: /health/live, port: http}
  {{- toYaml .own.probes.liveness | nindent 2 }}
readinessProbe:
  httpGet: {path: /health/ready, port: http}
  {{- toYaml .own.probes.readiness | nindent 2 }}
lifecycle:
  preStop: {sleep: {seconds: {{ .own.preStopSleepSeconds }}}}
{{- end }}
resources: {{- toYaml .resources | nindent 2 }}
securityContext: {{- toYaml .own.securityContext | nindent 2 }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  {{- if eq .service "members" }}
  - {name: keys, mountPath: /var/run/library, readOnly: true}
  {{- end }}
  {{- with .own.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "library.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 1Gi}
{{- if eq .service "members" }}
- name: keys
  secret:
    secretName: {{ include "library.credentials" .root }}
    defaultMode: 0440
    items:
      {{- range .root.Values.secrets.signingKeys }}
      - {key: {{ . }}, path: signing-keys/{{ . }}}
      {{- end }}
      - {key: data-keys.txt, path: data-keys.txt}
{{- end }}
{{- with .own.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
