{{- /* What one container is told of credentials, as a list under `all`: each with the name of its setting (`env`), and
either a `value` or the `secret` and its `key` that lie in a file at `path`. Each container gets what it reads, no more.
dict "root" $ "service" "books" "own" (effective values) "act" "serve" */ -}}
{{- define "library.secrets" -}}
{{- $credentials := include "library.credentials" .root -}}
{{- $found := (include "library.databaseSecrets" . | fromYaml).all -}}
{{- if eq .act "relay" -}}
{{- $found = concat $found (include "library.brokerSecrets" . | fromYaml).all -}}
{{- end -}}
{{- if or (eq .act "serve") (and (eq .act "relay") (eq .service "loans")) -}}
{{- if ne .service "books" -}}{{- /* loans signs in with it, members compares */ -}}
{{- $loans := dict "secret" $credentials "key" "loans-client-password" "path" "loans-client-password" -}}
{{- $found = append $found (ternary (merge (dict "env" "LOANS_CLIENT_SECRET_FILE") $loans) $loans (eq .service "loans")) -}}
{{- end -}}
{{- end -}}
{{- if eq .act "serve" -}}
{{- if eq .service "members" -}}
{{- if include "library.smokeClient" .root -}}
{{- $found = append $found (dict "secret" $credentials "key" "smoke-client-password" "path" "smoke-client-password") -}}
{{- end -}}
{{- range .root.Values.secrets.signingKeys -}}
{{- $found = append $found (dict "secret" $credentials "key" . "path" (printf "signing-keys/%s" .)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (eq .service "members") (eq .act "serve") -}}{{- /* its relay signs in with it, the API compares */ -}}
{{- $found = append $found (dict "secret" $credentials "key" "members-client-password" "path" "members-client-password") -}}
{{- end -}}
{{- if and (eq .service "members") (eq .act "relay") -}}
{{- $found = concat $found (include "library.noticeSecrets" . | fromYaml).all -}}
{{- end -}}
{{- if and (eq .service "members") (has .act (list "serve" "relay")) -}}
{{- $found = append $found (dict "env" "MEMBERS_DATA_KEYS_FILE" "secret" $credentials "key" "data-keys.txt" "path" "data-keys.txt") -}}
{{- end -}}
{{- dict "all" (concat $found (include "library.certificates" . | fromYaml).all) | toYaml -}}
{{- end -}}

{{- /* What the relay of members is told to send notices: whom it asks what still holds, and who takes messages along. */ -}}
{{- define "library.noticeSecrets" -}}
{{- $root := .root -}}
{{- $found := list -}}
{{- if $root.Values.services.loans.enabled -}}
{{- range $env, $peer := dict "MEMBERS_LOANS_URL" "loans" "MEMBERS_SELF_URL" "members" -}}
{{- $at := include "library.service" (dict "root" $root "service" $peer) | fromYaml -}}
{{- $name := include "library.name" (dict "root" $root "component" $peer) -}}
{{- $url := printf "%s://%s:%d" (include "library.scheme" $root) $name (int $at.service.port) -}}
{{- $found = append $found (dict "env" $env "value" $url) -}}
{{- end -}}
{{- $found = append $found (dict "env" "MEMBERS_CLIENT_SECRET_FILE" "secret" (include "library.credentials" $root) "key" "members-client-password" "path" "members-client-password") -}}
{{- end -}}
{{- $mail := $root.Values.notices.mail -}}
{{- if $mail.server -}}
{{- $found = append $found (dict "env" "MEMBERS_SMTP_URL" "value" $mail.server) -}}
{{- $found = append $found (dict "env" "MEMBERS_SMTP_TIMEOUT" "value" (toString $mail.timeoutSeconds)) -}}
{{- if $mail.existingSecret -}}
{{- $found = append $found (dict "env" "MEMBERS_SMTP_PASSWORD_FILE" "secret" $mail.existingSecret "key" $mail.key "path" "smtp-password") -}}
{{- end -}}
{{- end -}}
{{- $bounces := $root.Values.notices.bounces -}}
{{- if $bounces.mailbox -}}
{{- $found = append $found (dict "env" "MEMBERS_BOUNCE_IMAP_URL" "value" $bounces.mailbox) -}}
{{- $found = append $found (dict "env" "MEMBERS_BOUNCE_IMAP_PASSWORD_FILE" "secret" $bounces.existingSecret "key" $bounces.key "path" "bounce-imap-password") -}}
{{- end -}}
{{- $push := $root.Values.notices.push -}}
{{- if $push.url -}}
{{- $found = append $found (dict "env" "MEMBERS_PUSH_URL" "value" $push.url) -}}
{{- $found = append $found (dict "env" "MEMBERS_PUSH_SECRET_FILE" "secret" $push.existingSecret "key" $push.key "path" "push-secret") -}}
{{- end -}}
{{- dict "all" $found | toYaml -}}
{{- end -}}

{{- /* The owner's login for the migration where there is one, the application's for everything else. */ -}}
{{- define "library.databaseSecrets" -}}
{{- $database := .own.database -}}
{{- $prefix := printf "%s_DATABASE" (upper .service) -}}
{{- $secret := $database.existingSecret -}}
{{- $owner := and (eq .act "migrate") (or (not $secret) $database.owner.existingSecret) -}}
{{- $from := ternary $database.owner $database (not (empty $owner)) -}}
{{- $found := list -}}
{{- if not $secret -}}
{{- $key := printf "%s-db-%s" .service (ternary "owner-password" "password" (not (empty $owner))) -}}
{{- $found = append $found (dict "env" (printf "%s_PASSWORD_FILE" $prefix) "secret" (include "library.credentials" .root) "key" $key "path" "database-password") -}}
{{- else if $from.secretKeys.uri -}}
{{- $found = append $found (dict "env" (printf "%s_URL_FILE" $prefix) "secret" $from.existingSecret "key" $from.secretKeys.uri "path" "database-url") -}}
{{- else -}}
{{- $keys := $database.secretKeys -}}{{- /* the place is the same for both */ -}}
{{- range $part, $key := dict "HOST" $keys.host "PORT" $keys.port "NAME" $keys.dbname -}}
{{- if $key -}}
{{- $found = append $found (dict "env" (printf "%s_%s_FILE" $prefix $part) "secret" $secret "key" $key "path" (printf "database-%s" (lower $part))) -}}
{{- end -}}
{{- end -}}
{{- range $part, $key := dict "USER" $from.secretKeys.username "PASSWORD" $from.secretKeys.password -}}
{{- if $key -}}
{{- $found = append $found (dict "env" (printf "%s_%s_FILE" $prefix $part) "secret" $from.existingSecret "key" $key "path" (printf "database-%s" (lower $part))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $owner -}}
{{- $found = append $found (dict "env" (printf "%s_APP_ROLE" $prefix) "value" $database.user) -}}
{{- if not (and $secret $from.secretKeys.uri) -}}{{- /* else it hides, or empties, the application's in the ConfigMap */ -}}
{{- $user := ternary "" $from.user (not (empty (and $secret $from.secretKeys.username))) -}}
{{- $found = append $found (dict "env" (printf "%s_USER" $prefix) "value" $user) -}}
{{- end -}}
{{- end -}}
{{- dict "all" $found | toYaml -}}
{{- end -}}

{{- define "library.brokerSecrets" -}}
{{- $external := include "library.externalRabbitmq" .root | fromYaml -}}
{{- $found := list -}}
{{- if .root.Values.rabbitmq.enabled -}}
{{- $key := printf "%s-rabbitmq-password" .service -}}
{{- $found = append $found (dict "env" "RABBITMQ_PASSWORD_FILE" "secret" (include "library.credentials" .root) "key" $key "path" "rabbitmq-password") -}}
{{- else -}}
{{- $login := include "library.brokerLogin" . | fromYaml -}}
{{- if not $login.secret -}}{{- /* no relay runs */ -}}
{{- else if $login.keys.uri -}}
{{- $found = append $found (dict "env" "RABBITMQ_URL_FILE" "secret" $login.secret "key" $login.keys.uri "path" "rabbitmq-url") -}}
{{- else -}}
{{- range $part, $key := dict "HOST" $external.secretKeys.host "PORT" $external.secretKeys.port -}}
{{- if and $external.existingSecret $key -}}
{{- $found = append $found (dict "env" (printf "RABBITMQ_%s_FILE" $part) "secret" $external.existingSecret "key" $key "path" (printf "rabbitmq-%s" (lower $part))) -}}
{{- end -}}
{{- end -}}
{{- range $part, $key := dict "USER" $login.keys.username "PASSWORD" $login.keys.password -}}
{{- if $key -}}
{{- $found = append $found (dict "env" (printf "RABBITMQ_%s_FILE" $part) "secret" $login.secret "key" $key "path" (printf "rabbitmq-%s" (lower $part))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "all" $found | toYaml -}}
{{- end -}}

{{- /* Whom every container believes, and the certificate with which an API answers. Beside the release's own authority may be
that of outside databases and brokers, which is none of the affairs of who only asks the APIs (`ask`). */ -}}
{{- define "library.certificates" -}}
{{- $tls := .root.Values.tls -}}
{{- $found := list -}}
{{- if $tls.internal.enabled -}}
{{- $secret := include "library.tlsSecret" (dict "root" .root "component" .service) -}}
{{- if and $tls.authority.existingSecret (ne .act "ask") -}}
{{- $found = append $found (dict "env" "TLS_CA_FILE" "value" "/var/run/library/authorities") -}}
{{- $found = append $found (dict "secret" $secret "key" "ca.crt" "path" "authorities/ca.crt") -}}
{{- $found = append $found (dict "secret" $tls.authority.existingSecret "key" $tls.authority.key "path" "authorities/outside.crt") -}}
{{- else -}}
{{- $found = append $found (dict "env" "TLS_CA_FILE" "secret" $secret "key" "ca.crt" "path" "ca.crt") -}}
{{- end -}}
{{- if eq .act "serve" -}}
{{- $found = append $found (dict "env" "TLS_CERTIFICATE_FILE" "secret" $secret "key" "tls.crt" "path" "tls.crt") -}}
{{- $found = append $found (dict "env" "TLS_KEY_FILE" "secret" $secret "key" "tls.key" "path" "tls.key") -}}
{{- end -}}
{{- else if $tls.authority.existingSecret -}}
{{- $found = append $found (dict "env" "TLS_CA_FILE" "secret" $tls.authority.existingSecret "key" $tls.authority.key "path" "ca.crt") -}}
{{- end -}}
{{- dict "all" $found | toYaml -}}
{{- end -}}
