<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
<context>
    <name>Counted</name>
    <message>
        <source>1 class</source>
        <translation>1 Klasse</translation>
    </message>
    <message>
        <source>%1 classes</source>
        <translation>%1 Klassen</translation>
    </message>
    <message>
        <source>1 core</source>
        <translation>1 Kern</translation>
    </message>
    <message>
        <source>%1 cores</source>
        <translation>%1 Kerne</translation>
    </message>
    <message>
        <source>1 error</source>
        <translation>1 Fehler</translation>
    </message>
    <message>
        <source>%1 errors</source>
        <translation>%1 Fehler</translation>
    </message>
    <message>
        <source>1 event</source>
        <translation>1 Ereignis</translation>
    </message>
    <message>
        <source>%1 events</source>
        <translation>%1 Ereignisse</translation>
    </message>
    <message>
        <source>1 label</source>
        <translation>1 Klasse</translation>
    </message>
    <message>
        <source>%1 labels</source>
        <translation>%1 Klassen</translation>
    </message>
    <message>
        <source>1 node</source>
        <translation>1 Knoten</translation>
    </message>
    <message>
        <source>%1 nodes</source>
        <translation>%1 Knoten</translation>
    </message>
    <message>
        <source>1 picture</source>
        <translation>1 Bild</translation>
    </message>
    <message>
        <source>%1 pictures</source>
        <translation>%1 Bilder</translation>
    </message>
    <message>
        <source>1 replica</source>
        <translation>1 Replikat</translation>
    </message>
    <message>
        <source>%1 replicas</source>
        <translation>%1 Replikate</translation>
    </message>
    <message>
        <source>1 row</source>
        <translation>1 Zeile</translation>
    </message>
    <message>
        <source>%1 rows</source>
        <translation>%1 Zeilen</translation>
    </message>
</context>
<context>
    <name>EventText</name>
    <message>
        <source>1 result</source>
        <translation>1 Ergebnis</translation>
    </message>
    <message>
        <source>%1 results</source>
        <translation>%1 Ergebnisse</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>The run was created.</source>
        <translation>Der Lauf wurde angelegt.</translation>
    </message>
    <message>
        <source>The run started with %1.</source>
        <translation>Der Lauf begann: %1.</translation>
    </message>
    <message>
        <source>The run started.</source>
        <translation>Der Lauf begann.</translation>
    </message>
    <message>
        <source>The run was paused.</source>
        <translation>Der Lauf wurde angehalten.</translation>
    </message>
    <message>
        <source>The run goes on.</source>
        <translation>Der Lauf geht weiter.</translation>
    </message>
    <message>
        <source>The run was stopped; it can be resumed.</source>
        <translation>Der Lauf wurde beendet; er kann fortgesetzt werden.</translation>
    </message>
    <message>
        <source>The run finished: %1.</source>
        <translation>Der Lauf ist fertig: %1.</translation>
    </message>
    <message>
        <source>The run finished.</source>
        <translation>Der Lauf ist fertig.</translation>
    </message>
    <message>
        <source>The run could not go on; it can be resumed.</source>
        <translation>Der Lauf konnte nicht weitergehen; er kann fortgesetzt werden.</translation>
    </message>
    <message>
        <source>The run was resumed; %1 were done already.</source>
        <translation>Der Lauf wurde fortgesetzt; %1 waren schon fertig.</translation>
    </message>
    <message>
        <source>The run was resumed.</source>
        <translation>Der Lauf wurde fortgesetzt.</translation>
    </message>
    <message>
        <source>Accuracy is not shown.</source>
        <translation>Die Genauigkeit wird nicht gezeigt.</translation>
    </message>
    <message>
        <source>The database can be written again.</source>
        <translation>Die Datenbank kann wieder beschrieben werden.</translation>
    </message>
    <message>
        <source>The database cannot be written; results wait.</source>
        <translation>Die Datenbank kann nicht beschrieben werden; Ergebnisse warten.</translation>
    </message>
    <message>
        <source>Two nodes disagree on a picture.</source>
        <translation>Zwei Knoten sind sich über ein Bild nicht einig.</translation>
    </message>
    <message>
        <source>A second node labelled %1 as well.</source>
        <translation>Ein zweiter Knoten hat %1 ebenfalls benannt.</translation>
    </message>
    <message>
        <source>%1 joined.</source>
        <translation>%1 ist dazugekommen.</translation>
    </message>
    <message>
        <source>%1 has loaded the model and takes work.</source>
        <translation>%1 hat das Modell geladen und nimmt Arbeit an.</translation>
    </message>
    <message>
        <source>%1: a heartbeat is late.</source>
        <translation>%1: ein Herzschlag ist überfällig.</translation>
    </message>
    <message>
        <source>%1 was lost.</source>
        <translation>%1 ist verloren.</translation>
    </message>
    <message>
        <source>%1 is back.</source>
        <translation>%1 ist wieder da.</translation>
    </message>
    <message>
        <source>%1 left in good order.</source>
        <translation>%1 hat sich geordnet abgemeldet.</translation>
    </message>
    <message>
        <source>%1 cannot be used.</source>
        <translation>%1 kann nicht benutzt werden.</translation>
    </message>
    <message>
        <source>%1 finishes what it has and takes nothing more.</source>
        <translation>%1 macht fertig, was er hat, und nimmt nichts mehr an.</translation>
    </message>
    <message>
        <source>%1 was set aside for a while after errors.</source>
        <translation>%1 wurde nach Fehlern für eine Weile beiseitegestellt.</translation>
    </message>
    <message>
        <source>%1 takes work again.</source>
        <translation>%1 nimmt wieder Arbeit an.</translation>
    </message>
    <message>
        <source>%1 of %2 went back to the queue.</source>
        <translation>%1 von %2 kamen zurück in die Warteschlange.</translation>
    </message>
    <message>
        <source>%1 from %2 came a second time and changed nothing.</source>
        <translation>%1 von %2 kamen ein zweites Mal und änderten nichts.</translation>
    </message>
    <message>
        <source>%1 sent %2 that it was not asked for.</source>
        <translation>%1 schickte %2, um die er nicht gebeten war.</translation>
    </message>
    <message>
        <source>Two nodes stand against %1.</source>
        <translation>Zwei Knoten stehen gegen %1.</translation>
    </message>
    <message>
        <source>A node</source>
        <translation>Ein Knoten</translation>
    </message>
    <message>
        <source>a node</source>
        <translation>einem Knoten</translation>
    </message>
    <message>
        <source>%1 planned = %2 labelled + %3; %4 lost, %5 doubled</source>
        <translation>%1 geplant = %2 benannt + %3; %4 verloren, %5 doppelt</translation>
    </message>
    <message>
        <source>The seal is broken: %1 planned, %2 labelled, %3; %4 lost, %5 doubled</source>
        <translation>Das Siegel ist gebrochen: %1 geplant, %2 benannt, %3; %4 verloren, %5 doppelt</translation>
    </message>
    <message>
        <source>Accuracy %1 (95 % interval %2 to %3; %4 of %5).</source>
        <translation>Genauigkeit %1 (95-%-Intervall %2 bis %3; %4 von %5).</translation>
    </message>
    <message>
        <source>Accuracy is not shown: the data set has no expected labels.</source>
        <translation>Die Genauigkeit wird nicht gezeigt: Der Datensatz hat keine erwarteten Namen.</translation>
    </message>
    <message>
        <source>Accuracy is not shown: only %1 of %2 expected labels are labels of this model (--label-map can translate them).</source>
        <translation>Die Genauigkeit wird nicht gezeigt: Nur %1 von %2 erwarteten Namen kennt dieses Modell (--label-map kann sie übersetzen).</translation>
    </message>
    <message>
        <source>Accuracy is not shown: no picture with an expected label has been labelled.</source>
        <translation>Die Genauigkeit wird nicht gezeigt: Noch kein Bild mit erwartetem Namen ist benannt.</translation>
    </message>
    <message>
        <source>%1 node-seconds</source>
        <translation>%1 Knotensekunden</translation>
    </message>
    <message>
        <source>%1 node-seconds of %2</source>
        <translation>%1 Knotensekunden von %2</translation>
    </message>
    <message>
        <source>%1, without a price</source>
        <translation>%1, ohne Preis</translation>
    </message>
    <message>
        <source>%1 for %2</source>
        <translation>%1 für %2</translation>
    </message>
    <message>
        <source>%1, %2 %3 per million pictures</source>
        <translation>%1, %2 %3 je Million Bilder</translation>
    </message>
    <message>
        <source>%1; %2 J</source>
        <translation>%1; %2 J</translation>
    </message>
    <message>
        <source>%1; energy not known</source>
        <translation>%1; Energie nicht bekannt</translation>
    </message>
</context>
<context>
    <name>Language</name>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
</context>
<context>
    <name>NodeLog</name>
    <message>
        <source>the cluster</source>
        <translation>dem Cluster</translation>
    </message>
    <message>
        <source>its machine</source>
        <translation>seiner Maschine</translation>
    </message>
</context>
<context>
    <name>PictureCell</name>
    <message>
        <source>no picture</source>
        <translation>kein Bild</translation>
    </message>
</context>
<context>
    <name>ProfileFields</name>
    <message>
        <source>Login host</source>
        <translation>Anmelderechner</translation>
    </message>
    <message>
        <source>sbatch, squeue and scancel run there over SSH; empty: on this machine</source>
        <translation>sbatch, squeue und scancel laufen dort über SSH; leer: auf diesem Rechner</translation>
    </message>
    <message>
        <source>Partition</source>
        <translation>Partition</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>QoS</source>
        <translation>QoS</translation>
    </message>
    <message>
        <source>Time limit</source>
        <translation>Zeitgrenze</translation>
    </message>
    <message>
        <source>As sbatch takes it, for example 2:00:00</source>
        <translation>Wie sbatch sie nimmt, zum Beispiel 2:00:00</translation>
    </message>
    <message>
        <source>Constraint</source>
        <translation>Bedingung</translation>
    </message>
    <message>
        <source>Features that a node must have</source>
        <translation>Merkmale, die ein Knoten haben muss</translation>
    </message>
    <message>
        <source>GPUs of a node</source>
        <translation>GPUs eines Knotens</translation>
    </message>
    <message>
        <source>Memory of a node</source>
        <translation>Speicher eines Knotens</translation>
    </message>
    <message>
        <source>Cores of a node</source>
        <translation>Kerne eines Knotens</translation>
    </message>
    <message>
        <source>Modules</source>
        <translation>Module</translation>
    </message>
    <message>
        <source>For module load, one a line</source>
        <translation>Für module load, eines je Zeile</translation>
    </message>
    <message>
        <source>Container image</source>
        <translation>Container-Abbild</translation>
    </message>
    <message>
        <source>For apptainer exec; empty: none</source>
        <translation>Für apptainer exec; leer: keines</translation>
    </message>
    <message>
        <source>Working directory</source>
        <translation>Arbeitsverzeichnis</translation>
    </message>
    <message>
        <source>Of the jobs, on the nodes; empty: the launch folder</source>
        <translation>Der Jobs, auf den Knoten; leer: der Startordner</translation>
    </message>
    <message>
        <source>Leaves before the limit, s</source>
        <translation>Geht vor der Zeitgrenze, s</translation>
    </message>
    <message>
        <source>So long before its time limit the agent finishes what it has begun and goes</source>
        <translation>So lange vor seiner Zeitgrenze beendet der Agent, was er begonnen hat, und geht</translation>
    </message>
    <message>
        <source>May go back to the queue</source>
        <translation>Darf in die Warteschlange zurück</translation>
    </message>
    <message>
        <source>Hosts</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>One a line, by their names in your ssh_config</source>
        <translation>Einer je Zeile, mit ihren Namen in Ihrer ssh_config</translation>
    </message>
    <message>
        <source>Agents on a host</source>
        <translation>Agenten je Rechner</translation>
    </message>
    <message>
        <source>Archive of the agent</source>
        <translation>Archiv des Agenten</translation>
    </message>
    <message>
        <source>Copied to hosts that have no agent</source>
        <translation>Wird auf Rechner ohne Agenten kopiert</translation>
    </message>
    <message>
        <source>As a unit of systemd</source>
        <translation>Als Dienst von systemd</translation>
    </message>
    <message>
        <source>Where the host has a user manager; else as a plain process</source>
        <translation>Wo der Rechner eine Benutzerverwaltung von systemd hat, sonst als einfacher Prozess</translation>
    </message>
    <message>
        <source>Way to the agent</source>
        <translation>Weg zum Agenten</translation>
    </message>
    <message>
        <source>auto: directly where its port answers, else through a tunnel</source>
        <translation>auto: direkt, wo sein Port antwortet, sonst durch einen Tunnel</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>Kontext</translation>
    </message>
    <message>
        <source>Namespace</source>
        <translation>Namensraum</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Abbild</translation>
    </message>
    <message>
        <source>Secret for the image</source>
        <translation>Geheimnis für das Abbild</translation>
    </message>
    <message>
        <source>Service account</source>
        <translation>Dienstkonto</translation>
    </message>
    <message>
        <source>Cores of a pod</source>
        <translation>Kerne eines Pods</translation>
    </message>
    <message>
        <source>Volume of the data</source>
        <translation>Datenträger der Bilder</translation>
    </message>
    <message>
        <source>A claim, mounted read-only at /data</source>
        <translation>Ein Anspruch (PVC), nur lesbar unter /data eingehängt</translation>
    </message>
    <message>
        <source>Volume of the models</source>
        <translation>Datenträger der Modelle</translation>
    </message>
    <message>
        <source>A claim; without it models end with their pod</source>
        <translation>Ein Anspruch (PVC); ohne ihn enden Modelle mit ihrem Pod</translation>
    </message>
    <message>
        <source>Nodes at most</source>
        <translation>Knoten höchstens</translation>
    </message>
    <message>
        <source>Agent on the nodes</source>
        <translation>Agent auf den Knoten</translation>
    </message>
    <message>
        <source>The program; empty: found there</source>
        <translation>Das Programm; leer: dort gesucht</translation>
    </message>
    <message>
        <source>Launch folder</source>
        <translation>Startordner</translation>
    </message>
    <message>
        <source>For Slurm on a file system that the nodes see</source>
        <translation>Für Slurm auf einem Dateisystem, das die Knoten sehen</translation>
    </message>
    <message>
        <source>Folders of pictures</source>
        <translation>Ordner mit Bildern</translation>
    </message>
    <message>
        <source>On the nodes, one a line: what the agent may read itself</source>
        <translation>Auf den Knoten, einer je Zeile: was der Agent selbst lesen darf</translation>
    </message>
    <message>
        <source>Other names of folders</source>
        <translation>Andere Namen von Ordnern</translation>
    </message>
    <message>
        <source>OURS = THEIRS, one a line: the same folder as the nodes see it</source>
        <translation>HIER = DORT, eines je Zeile: derselbe Ordner, wie ihn die Knoten sehen</translation>
    </message>
    <message>
        <source>Folders of models</source>
        <translation>Ordner mit Modellen</translation>
    </message>
    <message>
        <source>Model cache</source>
        <translation>Modellspeicher</translation>
    </message>
    <message>
        <source>Where the nodes keep models that were sent to them</source>
        <translation>Wo die Knoten Modelle aufheben, die ihnen geschickt wurden</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>auto, cpu or cuda:0</source>
        <translation>auto, cpu oder cuda:0</translation>
    </message>
    <message>
        <source>Replicas</source>
        <translation>Replikate</translation>
    </message>
    <message>
        <source>0: as many as the agent thinks right</source>
        <translation>0: so viele, wie der Agent richtig findet</translation>
    </message>
    <message>
        <source>Decoders</source>
        <translation>Dekodierer</translation>
    </message>
    <message>
        <source>Agent listens on</source>
        <translation>Agent lauscht auf</translation>
    </message>
    <message>
        <source>An address of the node; *: all</source>
        <translation>Eine Adresse des Knotens; *: alle</translation>
    </message>
    <message>
        <source>SSH configuration</source>
        <translation>SSH-Konfiguration</translation>
    </message>
    <message>
        <source>Another file than OpenSSH&apos;s own</source>
        <translation>Eine andere Datei als die von OpenSSH</translation>
    </message>
    <message>
        <source>Ends unused after, min</source>
        <translation>Endet unbenutzt nach, min</translation>
    </message>
    <message>
        <source>0: never</source>
        <translation>0: nie</translation>
    </message>
    <message>
        <source>Patience with a call, s</source>
        <translation>Geduld mit einem Aufruf, s</translation>
    </message>
    <message>
        <source>Of sbatch, ssh or kubectl</source>
        <translation>Von sbatch, ssh oder kubectl</translation>
    </message>
    <message>
        <source>Usually ready after, s</source>
        <translation>Meist bereit nach, s</translation>
    </message>
    <message>
        <source>For predictions; 0: not known</source>
        <translation>Für Vorhersagen; 0: nicht bekannt</translation>
    </message>
    <message>
        <source>Price of a node-hour</source>
        <translation>Preis einer Knotenstunde</translation>
    </message>
    <message>
        <source>Currency</source>
        <translation>Währung</translation>
    </message>
    <message>
        <source>Energy</source>
        <translation>Energie</translation>
    </message>
    <message>
        <source>none: it is not asked for</source>
        <translation>none: danach wird nicht gefragt</translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>The run was too short for a curve.</source>
        <translation>Der Lauf war zu kurz für eine Kurve.</translation>
    </message>
    <message>
        <source>Images per second over the run.</source>
        <translation>Bilder je Sekunde über den Lauf.</translation>
    </message>
    <message>
        <source>Images per second over the run; at most %1</source>
        <translation>Bilder je Sekunde über den Lauf; höchstens %1</translation>
    </message>
    <message>
        <source>How sure the model was</source>
        <translation>Wie sicher das Modell war</translation>
    </message>
    <message>
        <source>Rows by their best score</source>
        <translation>Zeilen nach ihrem besten Wert</translation>
    </message>
    <message>
        <source>Labelled rows by their best score.</source>
        <translation>Benannte Zeilen nach ihrem besten Wert.</translation>
    </message>
    <message>
        <source>expected ↓ labelled →</source>
        <translation>erwartet ↓ benannt →</translation>
    </message>
    <message>
        <source>Confusion matrix</source>
        <translation>Verwechslungsmatrix</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Klassen</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>Klasse</translation>
    </message>
    <message>
        <source>Expected</source>
        <translation>Erwartet</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>Richtig</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>Trefferquote</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Precision</source>
        <comment>of the numbers</comment>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>Labelled</source>
        <translation>Benannt</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschah</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Images per second</source>
        <translation>Bilder je Sekunde</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Treffer</translation>
    </message>
    <message>
        <source>SYNTHETIC: no inference took place, the labels mean nothing.</source>
        <translation>SYNTHETISCH: Nichts wurde gerechnet, die Namen bedeuten nichts.</translation>
    </message>
    <message>
        <source>VitFleet run %1</source>
        <translation>VitFleet, Lauf %1</translation>
    </message>
    <message>
        <source>Data set</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Model SHA-256</source>
        <translation>SHA-256 des Modells</translation>
    </message>
    <message>
        <source>Backend</source>
        <translation>Rechenkern</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>Given out again</source>
        <translation>Neu vergeben</translation>
    </message>
    <message>
        <source>Late duplicates refused</source>
        <translation>Späte Doppelte abgewiesen</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>Durchsatz</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
</context>
<context>
    <name>SetUpProbe</name>
    <message>
        <source>IDX pair: the pictures with their labels beside them</source>
        <translation>IDX-Paar: die Bilder, mit ihren Namen daneben</translation>
    </message>
    <message>
        <source>Manifest: the CSV lists the pictures</source>
        <translation>Liste: Die CSV-Datei zählt die Bilder auf</translation>
    </message>
    <message>
        <source>Folder: every file below it counts, class folders are expected labels</source>
        <translation>Ordner: Jede Datei darunter zählt, Klassenordner sind erwartete Namen</translation>
    </message>
    <message>
        <source>%1 layers, %2 wide, patch %3, %4×%5 px, %6 labels, %7</source>
        <translation>%1 Schichten, %2 breit, Felder von %3, %4×%5 px, %6 Namen, %7</translation>
    </message>
</context>
<context>
    <name>UnitReason</name>
    <message>
        <source>asked for</source>
        <translation>angefordert</translation>
    </message>
    <message>
        <source>finishes what it has begun</source>
        <translation>beendet, was er begonnen hat</translation>
    </message>
    <message>
        <source>is given back</source>
        <translation>wird zurückgegeben</translation>
    </message>
    <message>
        <source>it was put back into the queue</source>
        <translation>er kam zurück in die Warteschlange</translation>
    </message>
    <message>
        <source>it has started anew</source>
        <translation>er ist neu gestartet</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>unbekannt</translation>
    </message>
    <message>
        <source>waits to be looked at by the scheduler</source>
        <translation>der Scheduler hat ihn noch nicht betrachtet</translation>
    </message>
    <message>
        <source>waits for free nodes</source>
        <translation>wartet auf freie Knoten</translation>
    </message>
    <message>
        <source>waits behind jobs of higher priority</source>
        <translation>wartet hinter Jobs mit höherer Priorität</translation>
    </message>
    <message>
        <source>waits for another job</source>
        <translation>wartet auf einen anderen Job</translation>
    </message>
    <message>
        <source>waits for its begin time</source>
        <translation>wartet auf seine Anfangszeit</translation>
    </message>
    <message>
        <source>is held by the user: scontrol release lets it go</source>
        <translation>wird vom Benutzer angehalten: scontrol release gibt ihn frei</translation>
    </message>
    <message>
        <source>is held by an administrator</source>
        <translation>wird von einem Administrator angehalten</translation>
    </message>
    <message>
        <source>waits for a licence</source>
        <translation>wartet auf eine Lizenz</translation>
    </message>
    <message>
        <source>waits for its reservation</source>
        <translation>wartet auf seine Reservierung</translation>
    </message>
    <message>
        <source>waits: its partition is down</source>
        <translation>wartet: seine Partition ist außer Betrieb</translation>
    </message>
    <message>
        <source>waits: its partition is not active</source>
        <translation>wartet: seine Partition ist nicht aktiv</translation>
    </message>
    <message>
        <source>asks for more nodes than its partition has or allows</source>
        <translation>will mehr Knoten, als seine Partition hat oder erlaubt</translation>
    </message>
    <message>
        <source>asks for more time than its partition allows</source>
        <translation>will mehr Zeit, als seine Partition erlaubt</translation>
    </message>
    <message>
        <source>waits: a node that it needs is down, drained or reserved</source>
        <translation>wartet: ein Knoten, den er braucht, ist außer Betrieb, geleert oder reserviert</translation>
    </message>
    <message>
        <source>waits: a node that it needs is down</source>
        <translation>wartet: ein Knoten, den er braucht, ist außer Betrieb</translation>
    </message>
    <message>
        <source>can never start: no node has these features</source>
        <translation>kann nie starten: kein Knoten hat diese Merkmale</translation>
    </message>
    <message>
        <source>can never start: the account is not valid</source>
        <translation>kann nie starten: das Konto ist ungültig</translation>
    </message>
    <message>
        <source>can never start: the QoS is not valid</source>
        <translation>kann nie starten: die QoS ist ungültig</translation>
    </message>
    <message>
        <source>waits for other tasks of its array</source>
        <translation>wartet auf andere Aufgaben seines Arrays</translation>
    </message>
    <message>
        <source>is being requeued and waits for its old node to be cleaned up</source>
        <translation>kommt zurück in die Warteschlange und wartet, bis sein alter Knoten aufgeräumt ist</translation>
    </message>
    <message>
        <source>could not be launched and is held: scontrol release tries again</source>
        <translation>konnte nicht gestartet werden und wird angehalten: scontrol release versucht es wieder</translation>
    </message>
    <message>
        <source>its node is being made ready</source>
        <translation>sein Knoten wird vorbereitet</translation>
    </message>
    <message>
        <source>waits: a limit of the account or the QoS is reached (%1)</source>
        <translation>wartet: eine Grenze des Kontos oder der QoS ist erreicht (%1)</translation>
    </message>
    <message>
        <source>waits (%1)</source>
        <translation>wartet (%1)</translation>
    </message>
    <message>
        <source>its agent has ended</source>
        <translation>sein Agent ist beendet</translation>
    </message>
    <message>
        <source>it was cancelled</source>
        <translation>er wurde abgebrochen</translation>
    </message>
    <message>
        <source>it reached its time limit</source>
        <translation>er hat sein Zeitlimit erreicht</translation>
    </message>
    <message>
        <source>its agent failed</source>
        <translation>sein Agent ist fehlgeschlagen</translation>
    </message>
    <message>
        <source>its node failed</source>
        <translation>sein Knoten ist ausgefallen</translation>
    </message>
    <message>
        <source>it was preempted</source>
        <translation>er wurde verdrängt</translation>
    </message>
    <message>
        <source>it needed more memory than it had asked for</source>
        <translation>er brauchte mehr Speicher, als er verlangt hatte</translation>
    </message>
    <message>
        <source>its node did not boot</source>
        <translation>sein Knoten startete nicht</translation>
    </message>
    <message>
        <source>it reached its deadline</source>
        <translation>er hat seine Frist erreicht</translation>
    </message>
    <message>
        <source>it was moved to another cluster</source>
        <translation>er wurde auf einen anderen Cluster verlegt</translation>
    </message>
    <message>
        <source>it is not in Slurm&apos;s queue any more</source>
        <translation>er ist nicht mehr in Slurms Warteschlange</translation>
    </message>
    <message>
        <source>on this machine</source>
        <translation>auf dieser Maschine</translation>
    </message>
    <message>
        <source>its process has ended</source>
        <translation>sein Prozess ist beendet</translation>
    </message>
    <message>
        <source>its process has ended: %1</source>
        <translation>sein Prozess ist beendet: %1</translation>
    </message>
    <message>
        <source>its launch folder is gone</source>
        <translation>sein Startordner ist fort</translation>
    </message>
    <message>
        <source>is being created</source>
        <translation>wird angelegt</translation>
    </message>
    <message>
        <source>its old pod ends</source>
        <translation>sein alter Pod endet</translation>
    </message>
    <message>
        <source>its StatefulSet was deleted</source>
        <translation>sein StatefulSet wurde gelöscht</translation>
    </message>
    <message>
        <source>its StatefulSet was made smaller</source>
        <translation>sein StatefulSet wurde verkleinert</translation>
    </message>
    <message>
        <source>its image cannot be fetched: %1</source>
        <translation>sein Image kann nicht geholt werden: %1</translation>
    </message>
    <message>
        <source>its agent ends again and again: %1</source>
        <translation>sein Agent endet immer wieder: %1</translation>
    </message>
    <message>
        <source>waits for a node: %1</source>
        <translation>wartet auf einen Knoten: %1</translation>
    </message>
    <message>
        <source>on %1</source>
        <translation>auf %1</translation>
    </message>
    <message>
        <source>is ending</source>
        <translation>endet gerade</translation>
    </message>
    <message>
        <source>is %1</source>
        <translation>ist %1</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::Actions</name>
    <message>
        <source>It is not there at the moment.</source>
        <translation>Das gibt es im Augenblick nicht.</translation>
    </message>
    <message>
        <source>It cannot be used at the moment.</source>
        <translation>Das geht im Augenblick nicht.</translation>
    </message>
    <message>
        <source>There is nothing for it to do at the moment.</source>
        <translation>Dafür gibt es im Augenblick nichts zu tun.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::AddNodePanel</name>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Command for the node</source>
        <translation>Befehl für den Knoten</translation>
    </message>
    <message>
        <source>Copy the command</source>
        <translation>Den Befehl kopieren</translation>
    </message>
    <message>
        <source>Then put the address line that it prints here:</source>
        <translation>Dann die Adresszeile, die er ausgibt, hier eintragen:</translation>
    </message>
    <message>
        <source>Address line of the agent</source>
        <translation>Adresszeile des Agenten</translation>
    </message>
    <message>
        <source>This application&apos;s fingerprint: %1</source>
        <translation>Fingerabdruck dieser Anwendung: %1</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>The address is being looked at.</source>
        <translation>Die Adresse wird geprüft.</translation>
    </message>
    <message>
        <source>Put the agent&apos;s address line into the field first.</source>
        <translation>Zuerst die Adresszeile des Agenten in das Feld eintragen.</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Copy the command for a node</source>
        <translation>Den Befehl für einen Knoten kopieren</translation>
    </message>
    <message>
        <source>Add the node with the typed address</source>
        <translation>Den Knoten mit der eingegebenen Adresse hinzufügen</translation>
    </message>
    <message>
        <source>Run this on the machine that should work: it admits this application and starts the agent.</source>
        <translation>Auf der Maschine auszuführen, die arbeiten soll: es lässt diese Anwendung zu und startet den Agenten.</translation>
    </message>
    <message>
        <source>This application&apos;s fingerprint, as the agent prints it on admitting: %1</source>
        <translation>Fingerabdruck dieser Anwendung, wie ihn der Agent beim Zulassen zeigt: %1</translation>
    </message>
    <message>
        <source>The agent&apos;s fingerprint appears here; it prints the same one.</source>
        <translation>Der Fingerabdruck des Agenten erscheint hier; er zeigt denselben an.</translation>
    </message>
    <message>
        <source>The agent&apos;s fingerprint: %1</source>
        <translation>Fingerabdruck des Agenten: %1</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::AlertStrip</name>
    <message>
        <source>Show node</source>
        <translation>Knoten zeigen</translation>
    </message>
    <message>
        <source>Alert</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>Ausblenden</translation>
    </message>
    <message>
        <source>Until there is something else to say (Esc)</source>
        <translation>Bis es etwas anderes zu sagen gibt (Esc)</translation>
    </message>
    <message>
        <source>%1 (%2) refuses this computer since %3: %4</source>
        <translation>%1 (%2) weist diesen Rechner seit %3 ab: %4</translation>
    </message>
    <message>
        <source>%1 (%2) cannot be used since %3: %4</source>
        <translation>%1 (%2) ist seit %3 nicht zu gebrauchen: %4</translation>
    </message>
    <message>
        <source>✕ Node unusable</source>
        <translation>✕ Knoten unbrauchbar</translation>
    </message>
    <message>
        <source> %1 unfinished pictures went back to the queue; nothing is lost.</source>
        <translation> %1 unfertige Bilder gingen in die Warteschlange zurück; nichts ist verloren.</translation>
    </message>
    <message>
        <source> No node is online: the run waits, and goes on as soon as one is.</source>
        <translation> Kein Knoten ist da: Der Lauf wartet und geht weiter, sobald einer da ist.</translation>
    </message>
    <message>
        <source>%1 (%2) has not answered this computer since %3 (%4 s).</source>
        <translation>%1 (%2) hat diesem Rechner seit %3 nicht geantwortet (%4 s).</translation>
    </message>
    <message>
        <source> One more node is in trouble.</source>
        <translation> Ein weiterer Knoten hat Schwierigkeiten.</translation>
    </message>
    <message>
        <source> %1 more nodes are in trouble.</source>
        <translation> %1 weitere Knoten haben Schwierigkeiten.</translation>
    </message>
    <message>
        <source>✕ Node refused</source>
        <translation>✕ Knoten weist ab</translation>
    </message>
    <message>
        <source>✕ Node lost</source>
        <translation>✕ Knoten verloren</translation>
    </message>
    <message>
        <source>✕ Database</source>
        <translation>✕ Datenbank</translation>
    </message>
    <message>
        <source> Rows wait in memory; nothing is lost.</source>
        <translation> Zeilen warten im Speicher; nichts geht verloren.</translation>
    </message>
    <message>
        <source>▲ No node is online</source>
        <translation>▲ Kein Knoten ist da</translation>
    </message>
    <message>
        <source>The run waits and goes on as soon as one is; nothing is lost.</source>
        <translation>Der Lauf wartet und geht weiter, sobald einer da ist; nichts geht verloren.</translation>
    </message>
    <message>
        <source> %1 unfinished pictures went to other nodes; nothing is lost.</source>
        <translation> %1 unfertige Bilder gingen an andere Knoten; nichts ist verloren.</translation>
    </message>
    <message>
        <source> It held no unfinished picture; nothing is lost.</source>
        <translation> Er hatte kein unfertiges Bild; nichts ist verloren.</translation>
    </message>
    <message>
        <source>Show the node that the alert is about</source>
        <translation>Den Knoten zeigen, um den es in der Meldung geht</translation>
    </message>
    <message>
        <source>Hide the alert</source>
        <translation>Die Meldung ausblenden</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::AllocationCard</name>
    <message>
        <source>Shrink</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>Grow</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Release</source>
        <translation>Freigeben</translation>
    </message>
    <message>
        <source>Nodes of %1</source>
        <translation>Knoten von %1</translation>
    </message>
    <message>
        <source>How many of the nodes work</source>
        <translation>Wie viele der Knoten arbeiten</translation>
    </message>
    <message>
        <source>One node more</source>
        <translation>Ein Knoten mehr</translation>
    </message>
    <message>
        <source>Grow %1</source>
        <translation>%1 vergrößern</translation>
    </message>
    <message>
        <source>Shrink %1</source>
        <translation>%1 verkleinern</translation>
    </message>
    <message>
        <source>Release %1</source>
        <translation>%1 freigeben</translation>
    </message>
    <message>
        <source>○ %1 asked for, no answer yet · %2</source>
        <translation>○ %1 angefordert, noch keine Antwort · %2</translation>
    </message>
    <message>
        <source>▲ %1 pending: %2 · for %3</source>
        <translation>▲ %1 warten: %2 · seit %3</translation>
    </message>
    <message>
        <source>○ %1 starting, its agent has not answered yet · for %2</source>
        <translation>○ %1 starten, ihr Agent hat noch nicht geantwortet · seit %2</translation>
    </message>
    <message>
        <source>✕ %1 ended: %2 · %3 ago</source>
        <translation>✕ %1 beendet: %2 · vor %3</translation>
    </message>
    <message>
        <source>%1 · %2 of %3 nodes work</source>
        <translation>%1 · %2 von %3 Knoten arbeiten</translation>
    </message>
    <message>
        <source> · %1 leave</source>
        <translation> · %1 gehen</translation>
    </message>
    <message>
        <source>and more for other reasons</source>
        <translation>und mehr aus anderen Gründen</translation>
    </message>
    <message>
        <source>No node is asked for any more.</source>
        <translation>Es ist kein Knoten mehr angefordert.</translation>
    </message>
    <message>
        <source>One node fewer: it finishes its chunk and is given back</source>
        <translation>Ein Knoten weniger: er beendet seinen Block und wird zurückgegeben</translation>
    </message>
    <message>
        <source>▼ Given back in %1 s; they work until then, and Undo keeps them</source>
        <translation>▼ Werden in %1 s zurückgegeben; bis dahin arbeiten sie, und Rückgängig behält sie</translation>
    </message>
    <message>
        <source>These nodes are about to be given back; Ctrl+Z keeps them.</source>
        <translation>Diese Knoten werden gleich zurückgegeben; Strg+Z behält sie.</translation>
    </message>
    <message>
        <source>Give every node of this profile back in ten seconds; their unfinished pictures go to others</source>
        <translation>Alle Knoten dieses Profils in zehn Sekunden zurückgeben; ihre offenen Bilder gehen an andere</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::Chart</name>
    <message>
        <source>Nothing is drawn yet</source>
        <translation>Noch ist nichts gezeichnet</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ChoiceChip</name>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Search in %1</source>
        <translation>Suchen in %1</translation>
    </message>
    <message>
        <source>%1 and %2 more</source>
        <translation>%1 und %2 weitere</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ClassModel</name>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Of those labelled so, how many are right</source>
        <translation>Wie viele der so benannten richtig sind</translation>
    </message>
    <message>
        <source>Of those that should be, how many were labelled so</source>
        <translation>Wie viele von denen, die so heißen sollten, so benannt wurden</translation>
    </message>
    <message>
        <source>The harmonic mean of precision and recall</source>
        <translation>Das harmonische Mittel aus Präzision und Trefferquote</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>Klasse</translation>
    </message>
    <message>
        <source>Expected</source>
        <translation>Erwartet</translation>
    </message>
    <message>
        <source>Labelled so</source>
        <translation>So benannt</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>Richtig</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>Trefferquote</translation>
    </message>
    <message>
        <source>F1</source>
        <translation>F1</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ColumnKeeper</name>
    <message>
        <source>Columns as on the first day</source>
        <translation>Spalten wie am ersten Tag</translation>
    </message>
    <message>
        <source>Without it rows cannot be told apart.</source>
        <translation>Ohne sie sind die Zeilen nicht zu unterscheiden.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::CommandPalette</name>
    <message>
        <source>Command palette</source>
        <translation>Befehlspalette</translation>
    </message>
    <message>
        <source>What do you want to do?</source>
        <translation>Was möchten Sie tun?</translation>
    </message>
    <message>
        <source>Find an action</source>
        <translation>Eine Aktion finden</translation>
    </message>
    <message>
        <source>Actions</source>
        <translation>Aktionen</translation>
    </message>
    <message>
        <source>No action has this name. Esc closes.</source>
        <translation>Keine Aktion heißt so. Esc schließt.</translation>
    </message>
    <message>
        <source>Enter does it · Ctrl+Enter copies it as a command</source>
        <translation>Enter führt sie aus · Strg+Enter kopiert sie als Befehl</translation>
    </message>
    <message>
        <source>Enter does it · Esc closes</source>
        <translation>Enter führt sie aus · Esc schließt</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::CompareCard</name>
    <message>
        <source>Compare two runs</source>
        <translation>Zwei Läufe vergleichen</translation>
    </message>
    <message>
        <source>Select two runs, with Ctrl and the second, then Compare.</source>
        <translation>Zwei Läufe wählen, den zweiten mit Strg, dann Vergleichen.</translation>
    </message>
    <message>
        <source>Going through the rows of runs %1 and %2 …</source>
        <translation>Die Zeilen der Läufe %1 und %2 werden durchgegangen …</translation>
    </message>
    <message>
        <source>These runs have no picture in common.</source>
        <translation>Diese Läufe haben kein Bild gemeinsam.</translation>
    </message>
    <message>
        <source>Run %1</source>
        <translation>Lauf %1</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Unterschied</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>the same</source>
        <translation>dasselbe</translation>
    </message>
    <message>
        <source>another</source>
        <translation>ein anderes</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Treffer</translation>
    </message>
    <message>
        <source> points</source>
        <translation> Punkte</translation>
    </message>
    <message>
        <source>img/s</source>
        <translation>Bilder/s</translation>
    </message>
    <message>
        <source> %</source>
        <translation> %</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Recall, where it differs most</source>
        <translation>Trefferquote, wo sie am meisten abweicht</translation>
    </message>
    <message>
        <source>Of %1 that both labelled, %2 got another label (%3): %4 became right, %5 became wrong.</source>
        <translation>Von beiden benannt: %1, davon anders: %2 (%3); richtig geworden: %4, falsch geworden: %5.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ConfusionView</name>
    <message>
        <source>Confusion matrix</source>
        <translation>Verwechslungsmatrix</translation>
    </message>
    <message>
        <source>%1: %2 labelled so, as expected</source>
        <translation>%1: %2 wie erwartet so benannt</translation>
    </message>
    <message>
        <source>Expected %1, labelled %2: %3</source>
        <translation>Erwartet %1, benannt %2: %3</translation>
    </message>
    <message>
        <source>labelled →</source>
        <translation>benannt →</translation>
    </message>
    <message>
        <source>expected ↓</source>
        <translation>erwartet ↓</translation>
    </message>
    <message>
        <source>It fills up as pictures with a known label come in.</source>
        <translation>Sie füllt sich, sobald Bilder mit bekannter Benennung kommen.</translation>
    </message>
    <message>
        <source>the %1 of %2 classes that are mistaken most</source>
        <translation>die %1 von %2 Klassen, die am meisten verwechselt werden</translation>
    </message>
    <message>
        <source>Point at a cell, or go through them with the arrows; Enter shows the pictures of one</source>
        <translation>Auf ein Feld zeigen oder mit den Pfeiltasten durchgehen; die Eingabetaste zeigt seine Bilder</translation>
    </message>
    <message>
        <source>%1, %2 of the shown classes on the diagonal</source>
        <translation>%1, davon %2 der gezeigten Klassen auf der Diagonale</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::DrillCard</name>
    <message>
        <source>Drill</source>
        <translation>Übung</translation>
    </message>
    <message>
        <source>Kill one local agent for real and watch what happens to its pictures.</source>
        <translation>Einen Agenten dieser Maschine wirklich abschießen und sehen, was aus seinen Bildern wird.</translation>
    </message>
    <message>
        <source>Pull the plug</source>
        <translation>Stecker ziehen</translation>
    </message>
    <message>
        <source>It needs a run that goes.</source>
        <translation>Dazu muss ein Lauf im Gang sein.</translation>
    </message>
    <message>
        <source>The run is paused.</source>
        <translation>Der Lauf ist angehalten.</translation>
    </message>
    <message>
        <source>It needs a second node that takes over.</source>
        <translation>Es braucht einen zweiten Knoten, der übernimmt.</translation>
    </message>
    <message>
        <source>None of the nodes runs on this machine.</source>
        <translation>Keiner der Knoten läuft auf dieser Maschine.</translation>
    </message>
    <message>
        <source>Nobody has noticed yet.</source>
        <translation>Noch hat es niemand bemerkt.</translation>
    </message>
    <message>
        <source>✓ At the end: 0 lost, 0 doubled, counted in the database.</source>
        <translation>✓ Am Ende: 0 verloren, 0 doppelt, in der Datenbank gezählt.</translation>
    </message>
    <message>
        <source>✕ At the end: %1 lost, %2 doubled.</source>
        <translation>✕ Am Ende: %1 verloren, %2 doppelt.</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>%1 was killed at %2 while it held %3.</source>
        <translation>%1 wurde um %2 abgeschossen, als er %3 hielt.</translation>
    </message>
    <message>
        <source>Noticed after %1 s; %2 went to other nodes.</source>
        <translation>Nach %1 s bemerkt; an andere Knoten gegeben: %2.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ErrorModel</name>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschah</translation>
    </message>
    <message>
        <source>What to do</source>
        <translation>Was zu tun ist</translation>
    </message>
    <message>
        <source>One of them</source>
        <translation>Eines davon</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::EventList</name>
    <message>
        <source>Latest events</source>
        <translation>Letzte Ereignisse</translation>
    </message>
    <message>
        <source>What happens to the run and its nodes appears here.</source>
        <translation>Was dem Lauf und seinen Knoten geschieht, steht hier.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::EventModel</name>
    <message>
        <source>Run created</source>
        <translation>Lauf angelegt</translation>
    </message>
    <message>
        <source>Run started</source>
        <translation>Lauf gestartet</translation>
    </message>
    <message>
        <source>Run paused</source>
        <translation>Lauf angehalten</translation>
    </message>
    <message>
        <source>Run continued</source>
        <translation>Lauf fortgesetzt</translation>
    </message>
    <message>
        <source>Run stopped</source>
        <translation>Lauf beendet</translation>
    </message>
    <message>
        <source>Run finished</source>
        <translation>Lauf fertig</translation>
    </message>
    <message>
        <source>Run failed</source>
        <translation>Lauf gescheitert</translation>
    </message>
    <message>
        <source>Run resumed</source>
        <translation>Lauf wiederaufgenommen</translation>
    </message>
    <message>
        <source>Node joined</source>
        <translation>Knoten dazugekommen</translation>
    </message>
    <message>
        <source>Node ready</source>
        <translation>Knoten bereit</translation>
    </message>
    <message>
        <source>Node late</source>
        <translation>Knoten verspätet</translation>
    </message>
    <message>
        <source>Node lost</source>
        <translation>Knoten verloren</translation>
    </message>
    <message>
        <source>Node back</source>
        <translation>Knoten zurück</translation>
    </message>
    <message>
        <source>Node left</source>
        <translation>Knoten gegangen</translation>
    </message>
    <message>
        <source>Node refused</source>
        <translation>Knoten weist ab</translation>
    </message>
    <message>
        <source>Node draining</source>
        <translation>Knoten läuft leer</translation>
    </message>
    <message>
        <source>Node set aside</source>
        <translation>Knoten ausgesetzt</translation>
    </message>
    <message>
        <source>Node restored</source>
        <translation>Knoten wieder dabei</translation>
    </message>
    <message>
        <source>Given out again</source>
        <translation>Neu vergeben</translation>
    </message>
    <message>
        <source>Duplicate refused</source>
        <translation>Doppeltes abgewiesen</translation>
    </message>
    <message>
        <source>Foreign result</source>
        <translation>Fremdes Ergebnis</translation>
    </message>
    <message>
        <source>No accuracy</source>
        <translation>Keine Treffer</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Datenbank</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Notiz</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>Anderes</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschah</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::EventsPage</name>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>All kinds</source>
        <translation>Alle Arten</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>All nodes</source>
        <translation>Alle Knoten</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>All runs</source>
        <translation>Alle Läufe</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Mitlaufen</translation>
    </message>
    <message>
        <source>Show node</source>
        <translation>Knoten zeigen</translation>
    </message>
    <message>
        <source>No event passes these filters. Esc takes them away.</source>
        <translation>Kein Ereignis passt zu diesen Filtern. Esc hebt sie auf.</translation>
    </message>
    <message>
        <source>Set up a run</source>
        <translation>Einen Lauf einrichten</translation>
    </message>
    <message>
        <source>What happens to runs and nodes is written down here, from the first run on.</source>
        <translation>Was mit Läufen und Knoten geschieht, wird hier aufgeschrieben, vom ersten Lauf an.</translation>
    </message>
    <message>
        <source>Keep the newest event in sight</source>
        <translation>Das neueste Ereignis im Blick behalten</translation>
    </message>
    <message>
        <source>Search in what happened</source>
        <translation>Suchen in dem, was geschah</translation>
    </message>
    <message>
        <source>This event is about no node.</source>
        <translation>Dieses Ereignis betrifft keinen Knoten.</translation>
    </message>
    <message>
        <source>Select an event first.</source>
        <translation>Zuerst ein Ereignis wählen.</translation>
    </message>
    <message>
        <source>Show the node of the selected event</source>
        <translation>Den Knoten des gewählten Ereignisses zeigen</translation>
    </message>
    <message>
        <source>Follow the newest event, or stop</source>
        <translation>Dem neuesten Ereignis folgen oder nicht mehr</translation>
    </message>
    <message>
        <source>Filter events: %1</source>
        <translation>Ereignisse filtern: %1</translation>
    </message>
    <message>
        <source>This node is not in the fleet any more.</source>
        <translation>Dieser Knoten ist nicht mehr in der Flotte.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::Farewell</name>
    <message>
        <source>Do not wait</source>
        <translation>Nicht warten</translation>
    </message>
    <message>
        <source>Nodes are given back</source>
        <translation>Knoten werden zurückgegeben</translation>
    </message>
    <message>
        <source>They finish what they have begun. What is left when this is closed is given back at the next start of the program.</source>
        <translation>Sie beenden, was sie begonnen haben. Was beim Schließen noch übrig ist, wird beim nächsten Start des Programms zurückgegeben.</translation>
    </message>
    <message>
        <source>%1: %2 left</source>
        <translation>%1: noch %2</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::FleetFigures</name>
    <message>
        <source>Nodes online</source>
        <translation>Knoten da</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>Durchsatz</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Wartend</translation>
    </message>
    <message>
        <source>ETA</source>
        <translation>Restzeit</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Gescheitert</translation>
    </message>
    <message>
        <source>of %1; %2 lost</source>
        <translation>von %1; %2 verloren</translation>
    </message>
    <message>
        <source>of %1</source>
        <translation>von %1</translation>
    </message>
    <message>
        <source>img/s</source>
        <translation>Bilder/s</translation>
    </message>
    <message>
        <source>no run yet</source>
        <translation>noch kein Lauf</translation>
    </message>
    <message>
        <source>of %1, %2</source>
        <translation>von %1, %2</translation>
    </message>
    <message>
        <source>of %1 found so far</source>
        <translation>von bisher %1 gefundenen</translation>
    </message>
    <message>
        <source>%1 running</source>
        <translation>%1 in Arbeit</translation>
    </message>
    <message>
        <source>none so far</source>
        <translation>bisher keine</translation>
    </message>
    <message>
        <source>error rows</source>
        <translation>Fehlerzeilen</translation>
    </message>
    <message>
        <source>finished in %1</source>
        <translation>fertig in %1</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>beendet</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>waits for a node</source>
        <translation>wartet auf einen Knoten</translation>
    </message>
    <message>
        <source>at %1</source>
        <translation>um %1</translation>
    </message>
    <message>
        <source>measuring</source>
        <translation>wird gemessen</translation>
    </message>
    <message>
        <source>%1 lost</source>
        <translation>%1 verloren</translation>
    </message>
    <message>
        <source>in %1</source>
        <translation>in %1</translation>
    </message>
    <message>
        <source>waits</source>
        <translation>wartet</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::FleetPage</name>
    <message>
        <source>Add a node</source>
        <translation>Knoten hinzufügen</translation>
    </message>
    <message>
        <source>Node actions ▾</source>
        <translation>Knotenaktionen ▾</translation>
    </message>
    <message>
        <source>New run</source>
        <translation>Neuer Lauf</translation>
    </message>
    <message>
        <source>Fleet</source>
        <translation>Flotte</translation>
    </message>
    <message>
        <source>For the selected nodes, or for all where none is selected</source>
        <translation>Für die gewählten Knoten, oder für alle, wenn keiner gewählt ist</translation>
    </message>
    <message>
        <source>No nodes yet</source>
        <translation>Noch keine Knoten</translation>
    </message>
    <message>
        <source>VitFleet labels pictures on every machine you have. Start with this one: the demo runs real inference with the model and the 10,000 pictures that come with the program, and needs no network.</source>
        <translation>VitFleet benennt Bilder auf allen Maschinen, die Sie haben. Beginnen Sie mit dieser: Die Vorführung rechnet wirklich, mit dem Modell und den 10.000 Bildern, die dem Programm beiliegen, und braucht kein Netz.</translation>
    </message>
    <message>
        <source>Start demo fleet</source>
        <translation>Vorführung starten</translation>
    </message>
    <message>
        <source>Use your own pictures</source>
        <translation>Eigene Bilder verwenden</translation>
    </message>
    <message>
        <source>Or add a node</source>
        <translation>Oder einen Knoten hinzufügen</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>Durchsatz</translation>
    </message>
    <message>
        <source>img/s; the band reaches from the slowest to the fastest second of the last five</source>
        <translation>Bilder/s; das Band reicht von der langsamsten zur schnellsten der letzten fünf Sekunden</translation>
    </message>
    <message>
        <source>What the chart shows</source>
        <translation>Was das Bild zeigt</translation>
    </message>
    <message>
        <source>By node</source>
        <translation>Je Knoten</translation>
    </message>
    <message>
        <source>img/s of each node; above twelve nodes eight tenths of them lie in the band, and those far below it have their names</source>
        <translation>Bilder/s jedes Knotens; über zwölf Knoten liegen acht Zehntel im Band, und die weit darunter haben ihre Namen</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>How the nodes are shown</source>
        <translation>Wie die Knoten gezeigt werden</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Tabelle</translation>
    </message>
    <message>
        <source>Tiles</source>
        <translation>Kacheln</translation>
    </message>
    <message>
        <source>Continue run</source>
        <translation>Lauf fortsetzen</translation>
    </message>
    <message>
        <source>Pause run</source>
        <translation>Lauf anhalten</translation>
    </message>
    <message>
        <source>No run yet</source>
        <translation>Noch kein Lauf</translation>
    </message>
    <message>
        <source>Run %1 · %2</source>
        <translation>Lauf %1 · %2</translation>
    </message>
    <message>
        <source> · paused</source>
        <translation> · angehalten</translation>
    </message>
    <message>
        <source> · SYNTHETIC: no inference, the labels mean nothing</source>
        <translation> · SYNTHETISCH: nichts wurde gerechnet, die Namen bedeuten nichts</translation>
    </message>
    <message>
        <source>A node has changed its group; rows move when you look away, or with F5</source>
        <translation>Ein Knoten gehört in eine andere Gruppe; Zeilen rücken, wenn Sie wegsehen, oder mit F5</translation>
    </message>
    <message>
        <source>The demo&apos;s model and pictures were not found beside the program.</source>
        <translation>Modell und Bilder der Vorführung liegen nicht beim Programm.</translation>
    </message>
    <message>
        <source>A machine by hand</source>
        <translation>Eine Maschine von Hand</translation>
    </message>
    <message>
        <source>Or nodes from a profile: Slurm, SSH hosts, Kubernetes</source>
        <translation>Oder Knoten aus einem Profil: Slurm, SSH-Rechner, Kubernetes</translation>
    </message>
    <message>
        <source>Everything for the selected nodes…</source>
        <translation>Alles für die gewählten Knoten …</translation>
    </message>
    <message>
        <source>Chart: %1</source>
        <translation>Diagramm: %1</translation>
    </message>
    <message>
        <source>Nodes: %1</source>
        <translation>Knoten: %1</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::HistoryPage</name>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>What of the history is shown</source>
        <translation>Was vom Verlauf gezeigt wird</translation>
    </message>
    <message>
        <source>Scale-out</source>
        <translation>Skalierung</translation>
    </message>
    <message>
        <source>Show results</source>
        <translation>Ergebnisse zeigen</translation>
    </message>
    <message>
        <source>Clone</source>
        <translation>Klonen</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Report…</source>
        <translation>Bericht…</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Set up a run</source>
        <translation>Einen Lauf einrichten</translation>
    </message>
    <message>
        <source>Every run is kept here, with what is needed to repeat it and to compare it.</source>
        <translation>Jeder Lauf bleibt hier, mit allem, um ihn zu wiederholen und zu vergleichen.</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Select one run first.</source>
        <translation>Zuerst einen Lauf wählen.</translation>
    </message>
    <message>
        <source>This run is going.</source>
        <translation>Dieser Lauf ist im Gang.</translation>
    </message>
    <message>
        <source>Select two runs first, with Ctrl and the second.</source>
        <translation>Zuerst zwei Läufe wählen, den zweiten mit Strg.</translation>
    </message>
    <message>
        <source>Delete run %1</source>
        <translation>Lauf %1 löschen</translation>
    </message>
    <message>
        <source>Run %1 is deleted; Ctrl+Z takes it back.</source>
        <translation>Lauf %1 ist gelöscht; Strg+Z nimmt es zurück.</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>Web pages (*.html)</source>
        <translation>Webseiten (*.html)</translation>
    </message>
    <message>
        <source>Writing %1 …</source>
        <translation>%1 wird geschrieben …</translation>
    </message>
    <message>
        <source>Report written to %1</source>
        <translation>Bericht geschrieben nach %1</translation>
    </message>
    <message>
        <source>History: %1</source>
        <translation>Verlauf: %1</translation>
    </message>
    <message>
        <source>Results of the selected run</source>
        <translation>Ergebnisse des gewählten Laufs</translation>
    </message>
    <message>
        <source>Clone the selected run</source>
        <translation>Den gewählten Lauf wiederholen</translation>
    </message>
    <message>
        <source>Compare the two selected runs</source>
        <translation>Die zwei gewählten Läufe vergleichen</translation>
    </message>
    <message>
        <source>Report of the selected run</source>
        <translation>Bericht über den gewählten Lauf</translation>
    </message>
    <message>
        <source>Delete the selected run</source>
        <translation>Den gewählten Lauf löschen</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::JustIn</name>
    <message>
        <source>Latest pictures with their labels</source>
        <translation>Die letzten Bilder mit ihren Namen</translation>
    </message>
    <message>
        <source>The first pictures appear here as they are labelled.</source>
        <translation>Die ersten Bilder erscheinen hier, sobald sie benannt sind.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::MainWindow</name>
    <message>
        <source>VitFleet</source>
        <translation>VitFleet</translation>
    </message>
    <message>
        <source>Fleet</source>
        <translation>Flotte</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Events</source>
        <translation>Ereignisse</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>%1 (Ctrl+%2)</source>
        <translation>%1 (Strg+%2)</translation>
    </message>
    <message>
        <source>Go to</source>
        <translation>Gehe zu</translation>
    </message>
    <message>
        <source>Next pane</source>
        <translation>Nächster Bereich</translation>
    </message>
    <message>
        <source>Previous pane</source>
        <translation>Voriger Bereich</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programm</translation>
    </message>
    <message>
        <source>Find an action</source>
        <translation>Eine Aktion finden</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>New run</source>
        <translation>Neuer Lauf</translation>
    </message>
    <message>
        <source>Start the demo fleet</source>
        <translation>Die Vorführung starten</translation>
    </message>
    <message>
        <source>Pause the run</source>
        <translation>Den Lauf anhalten</translation>
    </message>
    <message>
        <source>Stop the run</source>
        <translation>Den Lauf beenden</translation>
    </message>
    <message>
        <source>Copy the run as a command</source>
        <translation>Den Lauf als Befehl kopieren</translation>
    </message>
    <message>
        <source>Add a node</source>
        <translation>Knoten hinzufügen</translation>
    </message>
    <message>
        <source>Export what is shown</source>
        <translation>Exportieren, was gezeigt wird</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Scale-out benchmark</source>
        <translation>Skalierungsmessung</translation>
    </message>
    <message>
        <source>Show the inspector</source>
        <translation>Die Einzelheiten zeigen</translation>
    </message>
    <message>
        <source>Read everything again</source>
        <translation>Alles neu lesen</translation>
    </message>
    <message>
        <source>Back: selection, filters, alert</source>
        <translation>Zurück: Auswahl, Filter, Warnung</translation>
    </message>
    <message>
        <source>Look: as the system</source>
        <translation>Aussehen: wie das System</translation>
    </message>
    <message>
        <source>Look: light</source>
        <translation>Aussehen: hell</translation>
    </message>
    <message>
        <source>Look: dark</source>
        <translation>Aussehen: dunkel</translation>
    </message>
    <message>
        <source>Layout as on the first day</source>
        <translation>Anordnung wie am ersten Tag</translation>
    </message>
    <message>
        <source>Continue the run</source>
        <translation>Den Lauf fortsetzen</translation>
    </message>
    <message>
        <source>No run is going.</source>
        <translation>Kein Lauf ist im Gang.</translation>
    </message>
    <message>
        <source>A run is going.</source>
        <translation>Ein Lauf ist im Gang.</translation>
    </message>
    <message>
        <source>The demo&apos;s files were not found beside the program.</source>
        <translation>Die Dateien der Vorführung liegen nicht beim Programm.</translation>
    </message>
    <message>
        <source>Undo: %1</source>
        <translation>Rückgängig: %1</translation>
    </message>
    <message>
        <source>There is nothing to undo.</source>
        <translation>Es gibt nichts rückgängig zu machen.</translation>
    </message>
    <message>
        <source>Hide the inspector</source>
        <translation>Die Einzelheiten ausblenden</translation>
    </message>
    <message>
        <source>This page has no inspector.</source>
        <translation>Diese Seite hat keine Einzelheiten.</translation>
    </message>
    <message>
        <source>There are no rows yet.</source>
        <translation>Es gibt noch keine Zeilen.</translation>
    </message>
    <message>
        <source>Show only what was labelled wrong</source>
        <translation>Nur falsch Benanntes zeigen</translation>
    </message>
    <message>
        <source>Show only errors</source>
        <translation>Nur Fehler zeigen</translation>
    </message>
    <message>
        <source>Show all results</source>
        <translation>Alle Ergebnisse zeigen</translation>
    </message>
    <message>
        <source>Drain the run, then stop it</source>
        <translation>Den Lauf leerlaufen lassen und dann beenden</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::MistakeList</name>
    <message>
        <source>What is mistaken for what</source>
        <translation>Was womit verwechselt wird</translation>
    </message>
    <message>
        <source>Mistaken most</source>
        <translation>Am häufigsten verwechselt</translation>
    </message>
    <message>
        <source>Expected</source>
        <translation>Erwartet</translation>
    </message>
    <message>
        <source>Labelled</source>
        <translation>Erkannt</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>No mistake so far.</source>
        <translation>Bisher kein Fehler.</translation>
    </message>
    <message>
        <source>%1 of %2 not as expected</source>
        <translation>%1 von %2 nicht wie erwartet</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::NodeActions</name>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Drain %1 after this chunk</source>
        <translation>%1 nach diesem Stück leerlaufen lassen</translation>
    </message>
    <message>
        <source>Drain %1 now</source>
        <translation>%1 sofort leerlaufen lassen</translation>
    </message>
    <message>
        <source>Let %1 take work again</source>
        <translation>%1 wieder Arbeit geben</translation>
    </message>
    <message>
        <source>Remove %1 after this chunk</source>
        <translation>%1 nach diesem Stück entfernen</translation>
    </message>
    <message>
        <source>Remove %1 now</source>
        <translation>%1 sofort entfernen</translation>
    </message>
    <message>
        <source>Copy the address of %1</source>
        <translation>Die Adresse von %1 kopieren</translation>
    </message>
    <message>
        <source>There is no node.</source>
        <translation>Es gibt keinen Knoten.</translation>
    </message>
    <message>
        <source>Only a node that is online can be drained.</source>
        <translation>Nur ein Knoten, der da ist, kann leerlaufen.</translation>
    </message>
    <message>
        <source>No node is draining.</source>
        <translation>Kein Knoten läuft leer.</translation>
    </message>
    <message>
        <source>Drain %1</source>
        <translation>%1 leerlaufen lassen</translation>
    </message>
    <message>
        <source>Remove %1</source>
        <translation>%1 entfernen</translation>
    </message>
    <message>
        <source>Start %1 again</source>
        <translation>%1 wieder starten</translation>
    </message>
    <message>
        <source>all %1</source>
        <translation>alle %1</translation>
    </message>
    <message>
        <source>pause hold node</source>
        <translation>Knoten pausieren anhalten</translation>
    </message>
    <message>
        <source>continue resume node</source>
        <translation>Knoten fortsetzen weiter</translation>
    </message>
    <message>
        <source>end disconnect node</source>
        <translation>Knoten stoppen beenden trennen</translation>
    </message>
    <message>
        <source>delete forget node</source>
        <translation>Knoten löschen vergessen</translation>
    </message>
    <message>
        <source>Stop %1 after this chunk</source>
        <translation>%1 nach diesem Stück beenden</translation>
    </message>
    <message>
        <source>Stop %1 now</source>
        <translation>%1 sofort beenden</translation>
    </message>
    <message>
        <source>A node of a profile would cost on while it is stopped: drain it, or remove it.</source>
        <translation>Ein Knoten aus einem Profil kostet weiter, während er beendet ist: lassen Sie ihn leerlaufen, oder entfernen Sie ihn.</translation>
    </message>
    <message>
        <source>Only a node that is there can be stopped.</source>
        <translation>Nur ein Knoten, der da ist, kann beendet werden.</translation>
    </message>
    <message>
        <source>Only a node that was stopped, or an agent of this machine that has ended, can be started again.</source>
        <translation>Nur ein beendeter Knoten oder ein Agent dieser Maschine, der zu Ende ist, kann wieder gestartet werden.</translation>
    </message>
    <message>
        <source>Stop %1</source>
        <translation>%1 beenden</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::NodeCountCurve</name>
    <message>
        <source>Predicted time by the number of nodes</source>
        <translation>Vorhergesagte Zeit je nach Zahl der Knoten</translation>
    </message>
    <message>
        <source>%1 nodes: %2</source>
        <translation>%1 Knoten: %2</translation>
    </message>
    <message>
        <source>1 node: %1</source>
        <translation>1 Knoten: %1</translation>
    </message>
    <message>
        <source>%1 of it start-up</source>
        <translation>davon %1 Anlauf</translation>
    </message>
    <message>
        <source>run %1 took %2</source>
        <translation>Lauf %1 dauerte %2</translation>
    </message>
    <message>
        <source> for %1</source>
        <translation> für %1</translation>
    </message>
    <message>
        <source> (%1 had been predicted)</source>
        <translation> (vorhergesagt waren %1)</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::NodeGroups</name>
    <message>
        <source>Online</source>
        <translation>Da</translation>
    </message>
    <message>
        <source>Draining</source>
        <translation>Läuft leer</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>Verloren</translation>
    </message>
    <message>
        <source>%1 · %2, %3 not ready</source>
        <translation>%1 · %2, %3 nicht bereit</translation>
    </message>
    <message>
        <source>No node is left. Add one, or start a run with agents on this machine.</source>
        <translation>Kein Knoten ist übrig. Fügen Sie einen hinzu oder starten Sie einen Lauf mit Agenten dieser Maschine.</translation>
    </message>
    <message>
        <source>Left</source>
        <translation>Gegangen</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Beendet</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::NodeInspector</name>
    <message>
        <source>Select a node to see what it is doing.</source>
        <translation>Einen Knoten wählen, um zu sehen, was er tut.</translation>
    </message>
    <message>
        <source>CPU</source>
        <translation>CPU</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>GPU</source>
        <translation>GPU</translation>
    </message>
    <message>
        <source>Heartbeat</source>
        <translation>Herzschlag</translation>
    </message>
    <message>
        <source>img/s, one minute</source>
        <translation>Bilder/s, eine Minute</translation>
    </message>
    <message>
        <source>Load, one minute</source>
        <translation>Last, eine Minute</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Node inspector</source>
        <translation>Einzelheiten des Knotens</translation>
    </message>
    <message>
        <source>The log is empty.</source>
        <translation>Das Protokoll ist leer.</translation>
    </message>
    <message>
        <source>Last errors</source>
        <translation>Letzte Fehler</translation>
    </message>
    <message>
        <source>The end of the node&apos;s log</source>
        <translation>Das Ende des Protokolls des Knotens</translation>
    </message>
    <message>
        <source> since %1</source>
        <translation> seit %1</translation>
    </message>
    <message>
        <source>%1 s old</source>
        <translation>%1 s alt</translation>
    </message>
    <message>
        <source>no heartbeat yet</source>
        <translation>noch kein Herzschlag</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>%1 s ago</source>
        <translation>vor %1 s</translation>
    </message>
    <message>
        <source>none was found</source>
        <translation>keine gefunden</translation>
    </message>
    <message>
        <source>now %1, at most %2</source>
        <translation>jetzt %1, höchstens %2</translation>
    </message>
    <message>
        <source>0 to 100 %</source>
        <translation>0 bis 100 %</translation>
    </message>
    <message>
        <source>None since this window was opened.</source>
        <translation>Keine, seit dieses Fenster offen ist.</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>%1, process %2</source>
        <translation>%1, Prozess %2</translation>
    </message>
    <message>
        <source>Works with</source>
        <translation>Arbeitet mit</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>it reads them itself</source>
        <translation>er liest sie selbst</translation>
    </message>
    <message>
        <source>their bytes are sent to it</source>
        <translation>ihre Bytes werden ihm geschickt</translation>
    </message>
    <message>
        <source>their bytes are sent to it: about %1 so far, %2 a second</source>
        <translation>ihre Bytes werden ihm geschickt: bisher etwa %1, %2 in der Sekunde</translation>
    </message>
    <message>
        <source>In this run</source>
        <translation>In diesem Lauf</translation>
    </message>
    <message>
        <source>Holds</source>
        <translation>Hält</translation>
    </message>
    <message>
        <source>Software</source>
        <translation>Software</translation>
    </message>
    <message>
        <source>not reported</source>
        <translation>nicht gemeldet</translation>
    </message>
    <message>
        <source>Its log is in its launch folder, on %1</source>
        <translation>Sein Protokoll liegt in seinem Startordner, auf %1</translation>
    </message>
    <message>
        <source>Its log is on %1: %2</source>
        <translation>Sein Protokoll liegt auf %1: %2</translation>
    </message>
    <message>
        <source>%1 · %2 · %3, %4</source>
        <translation>%1 · %2 · %3, %4</translation>
    </message>
    <message>
        <source>%1 labelled, %2</source>
        <translation>%1 benannt, %2</translation>
    </message>
    <message>
        <source>The log cannot be read: %1</source>
        <translation>Das Protokoll ist nicht lesbar: %1</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::NodeModel</name>
    <message>
        <source>Starting</source>
        <translation>Startet</translation>
    </message>
    <message>
        <source>Connecting</source>
        <translation>Verbindet</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Lädt</translation>
    </message>
    <message>
        <source>Online</source>
        <translation>Da</translation>
    </message>
    <message>
        <source>Suspect</source>
        <translation>Verdächtig</translation>
    </message>
    <message>
        <source>Draining</source>
        <translation>Läuft leer</translation>
    </message>
    <message>
        <source>Drained</source>
        <translation>Leer</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>Ausgesetzt</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Weist ab</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>Verloren</translation>
    </message>
    <message>
        <source>Left</source>
        <translation>Gegangen</translation>
    </message>
    <message>
        <source>Its process is being started</source>
        <translation>Sein Prozess wird gestartet</translation>
    </message>
    <message>
        <source>Waiting for its first answer</source>
        <translation>Wartet auf seine erste Antwort</translation>
    </message>
    <message>
        <source>Copying the model, %1 %</source>
        <translation>Kopiert das Modell, %1 %</translation>
    </message>
    <message>
        <source>Loading the model</source>
        <translation>Lädt das Modell</translation>
    </message>
    <message>
        <source>No heartbeat since %1</source>
        <translation>Kein Herzschlag seit %1</translation>
    </message>
    <message>
        <source>Finishes its chunk, then rests</source>
        <translation>Beendet sein Stück, dann ruht er</translation>
    </message>
    <message>
        <source>Has finished, takes no more work</source>
        <translation>Ist fertig, nimmt keine Arbeit mehr</translation>
    </message>
    <message>
        <source>Set aside after errors, tried again soon</source>
        <translation>Nach Fehlern ausgesetzt, bald wieder versucht</translation>
    </message>
    <message>
        <source>Since %1: %2</source>
        <translation>Seit %1: %2</translation>
    </message>
    <message>
        <source>Ended at %1</source>
        <translation>Ging um %1</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>Arbeitet</translation>
    </message>
    <message>
        <source>Ready, no run</source>
        <translation>Bereit, kein Lauf</translation>
    </message>
    <message>
        <source>Waits for the scan</source>
        <translation>Wartet auf die Durchsicht</translation>
    </message>
    <message>
        <source>Idle: the rest is with other nodes</source>
        <translation>Untätig: der Rest ist bei anderen Knoten</translation>
    </message>
    <message>
        <source>Idle: the run is paused</source>
        <translation>Untätig: der Lauf ist angehalten</translation>
    </message>
    <message>
        <source>Idle: the run uses fewer nodes</source>
        <translation>Untätig: der Lauf braucht weniger Knoten</translation>
    </message>
    <message>
        <source>Waits for the database</source>
        <translation>Wartet auf die Datenbank</translation>
    </message>
    <message>
        <source>synthetic</source>
        <translation>synthetisch</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>Leaves in a few seconds; Ctrl+Z keeps it</source>
        <translation>Geht in ein paar Sekunden; Strg+Z behält ihn</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>img/s</source>
        <translation>Bilder/s</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>Last</translation>
    </message>
    <message>
        <source>Chunk</source>
        <translation>Stück</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Gescheitert</translation>
    </message>
    <message>
        <source>Beat</source>
        <translation>Schlag</translation>
    </message>
    <message>
        <source>What it is doing</source>
        <translation>Was er tut</translation>
    </message>
    <message>
        <source>Waits for the check of the precision</source>
        <translation>Wartet auf die Prüfung der Präzision</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Beendet</translation>
    </message>
    <message>
        <source>Finishes its chunk, then stops</source>
        <translation>Macht sein Stück fertig, dann wird er beendet</translation>
    </message>
    <message>
        <source>Stopped at %1, can be started again</source>
        <translation>Beendet um %1, kann wieder gestartet werden</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::NodeSource</name>
    <message>
        <source>Nodes from</source>
        <translation>Knoten von</translation>
    </message>
    <message>
        <source>Agents on this machine</source>
        <translation>Agenten auf diesem Rechner</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>Dieser Rechner</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>While a run goes its nodes are changed on the Fleet page.</source>
        <translation>Während ein Lauf läuft, werden seine Knoten auf der Seite Flotte geändert.</translation>
    </message>
    <message>
        <source>Agents to start</source>
        <translation>Agenten starten</translation>
    </message>
    <message>
        <source>Nodes to ask for</source>
        <translation>Knoten anfordern</translation>
    </message>
    <message>
        <source>Local agents that are started where they do not run yet</source>
        <translation>Lokale Agenten, die gestartet werden, wo sie noch nicht laufen</translation>
    </message>
    <message>
        <source>The run begins with the first of them</source>
        <translation>Der Lauf beginnt mit dem ersten davon</translation>
    </message>
    <message>
        <source>usually ready after %1</source>
        <translation>meist bereit nach %1</translation>
    </message>
    <message>
        <source>the profile allows %1</source>
        <translation>das Profil erlaubt %1</translation>
    </message>
    <message>
        <source>Profiles…</source>
        <translation>Profile…</translation>
    </message>
    <message>
        <source>Make and change profiles: where nodes on other machines come from</source>
        <translation>Profile anlegen und ändern: woher Knoten auf anderen Rechnern kommen</translation>
    </message>
    <message>
        <source>There is no profile for other machines yet; the button below makes one.</source>
        <translation>Es gibt noch kein Profil für andere Rechner; der Knopf darunter legt eines an.</translation>
    </message>
    <message>
        <source>Keep them after the run</source>
        <translation>Nach dem Lauf behalten</translation>
    </message>
    <message>
        <source>For another run: until Release on the Fleet page, or until the window is closed. Otherwise what the run has brought up is given back at its end</source>
        <translation>Für einen weiteren Lauf: bis zum Freigeben auf der Seite Flotte oder bis das Fenster geschlossen wird. Sonst wird an seinem Ende zurückgegeben, was der Lauf geholt hat</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Profiles of nodes</source>
        <translation>Profile für Knoten</translation>
    </message>
    <message>
        <source>%1 %2 an hour for %3</source>
        <translation>%1 %2 je Stunde für %3</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::NodeTable</name>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::NodeTiles</name>
    <message>
        <source>Nodes as tiles</source>
        <translation>Knoten als Kacheln</translation>
    </message>
    <message>
        <source>%1 img/s</source>
        <translation>%1 Bilder/s</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::NodeTimeline</name>
    <message>
        <source>What each node did in the last minute</source>
        <translation>Was jeder Knoten in der letzten Minute tat</translation>
    </message>
    <message>
        <source>working</source>
        <translation>arbeitet</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>untätig</translation>
    </message>
    <message>
        <source>%1 at %2: %3, %4 img/s</source>
        <translation>%1 um %2: %3, %4 Bilder/s</translation>
    </message>
    <message>
        <source>A line for each node appears here.</source>
        <translation>Für jeden Knoten erscheint hier eine Zeile.</translation>
    </message>
    <message>
        <source>%1 img/s</source>
        <translation>%1 Bilder/s</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>and %1 more nodes, on the Fleet page</source>
        <translation>und %1 weitere Knoten, auf der Seite Flotte</translation>
    </message>
    <message>
        <source>and one more node, on the Fleet page</source>
        <translation>und ein weiterer Knoten, auf der Seite Flotte</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::Notifier</name>
    <message>
        <source>Run %1: %2</source>
        <translation>Lauf %1: %2</translation>
    </message>
    <message>
        <source>Node lost</source>
        <translation>Knoten verloren</translation>
    </message>
    <message>
        <source>%1 nodes lost</source>
        <translation>%1 Knoten verloren</translation>
    </message>
    <message>
        <source>%1 and %2 more</source>
        <translation>%1 und %2 weitere</translation>
    </message>
    <message>
        <source>Run ended</source>
        <translation>Lauf zu Ende</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Datenbank</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::PathField</name>
    <message>
        <source>Choose ▾</source>
        <translation>Wählen ▾</translation>
    </message>
    <message>
        <source>Used before</source>
        <translation>Früher benutzt</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::PrecisionField</name>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>fp32, the reference</source>
        <translation>fp32, die Referenz</translation>
    </message>
    <message>
        <source>auto, the fastest that agrees</source>
        <translation>auto, die schnellste, die passt</translation>
    </message>
    <message>
        <source>○ %1 is being compared: %2 of %3 pictures in fp32</source>
        <translation>○ %1 wird verglichen: %2 von %3 Bildern in fp32</translation>
    </message>
    <message>
        <source>○ %1 is being compared: agrees on %2</source>
        <translation>○ %1 wird verglichen: stimmt überein bei %2</translation>
    </message>
    <message>
        <source>✓ %1 is used</source>
        <translation>✓ %1 wird benutzt</translation>
    </message>
    <message>
        <source>✓ %1 agrees with fp32 on %2</source>
        <translation>✓ %1 stimmt mit fp32 überein bei %2</translation>
    </message>
    <message>
        <source>✕ %1 is not used: agrees on %2, floor %3</source>
        <translation>✕ %1 wird nicht benutzt: stimmt überein bei %2, Grenze %3</translation>
    </message>
    <message>
        <source>✕ %1 is not used: the device cannot compute in it</source>
        <translation>✕ %1 wird nicht benutzt: das Gerät kann damit nicht rechnen</translation>
    </message>
    <message>
        <source>✕ %1 is not used: too few pictures to compare</source>
        <translation>✕ %1 wird nicht benutzt: zu wenige Bilder zum Vergleich</translation>
    </message>
    <message>
        <source>Used where it agrees with fp32 on %1 of a sample of your pictures; compared at the start.</source>
        <translation>Benutzt, wo sie bei %1 einer Stichprobe Ihrer Bilder mit fp32 übereinstimmt; verglichen wird am Anfang.</translation>
    </message>
    <message>
        <source>, in run %1</source>
        <translation>, in Lauf %1</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>und %1 weitere</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::PreviewStrip</name>
    <message>
        <source>A few pictures of the data set</source>
        <translation>Ein paar Bilder der Daten</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ProfileCard</name>
    <message>
        <source>Profiles</source>
        <translation>Profile</translation>
    </message>
    <message>
        <source>Profiles…</source>
        <translation>Profile…</translation>
    </message>
    <message>
        <source>where nodes on other machines come from</source>
        <translation>woher Knoten auf anderen Rechnern kommen</translation>
    </message>
    <message>
        <source>Nodes of profiles cannot be asked for here.</source>
        <translation>Knoten aus Profilen können hier nicht angefordert werden.</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>None yet: all nodes are this machine&apos;s, or added by hand.</source>
        <translation>Noch keine: alle Knoten sind auf diesem Rechner oder von Hand hinzugefügt.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ProfileEditor</name>
    <message>
        <source>Profile</source>
        <translation>Profil</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>Anbieter</translation>
    </message>
    <message>
        <source>Nodes to try it with</source>
        <translation>Knoten für den Versuch</translation>
    </message>
    <message>
        <source>Try</source>
        <translation>Versuchen</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Profiles</source>
        <translation>Profile</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Shows what would be asked for; nothing is started</source>
        <translation>Zeigt, was angefordert würde; nichts wird gestartet</translation>
    </message>
    <message>
        <source>What would be asked for</source>
        <translation>Was angefordert würde</translation>
    </message>
    <message>
        <source>With so many nodes</source>
        <translation>Mit so vielen Knoten</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>A new profile</source>
        <translation>Ein neues Profil</translation>
    </message>
    <message>
        <source>The file has to be mended first.</source>
        <translation>Die Datei muss erst in Ordnung gebracht werden.</translation>
    </message>
    <message>
        <source>It is not in the file yet.</source>
        <translation>Es steht noch nicht in der Datei.</translation>
    </message>
    <message>
        <source>Correct what is marked first (%1).</source>
        <translation>Erst berichtigen, was markiert ist (%1).</translation>
    </message>
    <message>
        <source>This would be asked for; nothing was started.</source>
        <translation>Das würde angefordert; nichts wurde gestartet.</translation>
    </message>
    <message>
        <source> It would cost %1 %2 an hour.</source>
        <translation> Es würde %1 %2 je Stunde kosten.</translation>
    </message>
    <message>
        <source>%1 is saved. Comments and other profiles in the file are as they were; nodes that run keep the settings that they were asked for with.</source>
        <translation>%1 ist gespeichert. Kommentare und andere Profile in der Datei sind, wie sie waren; Knoten, die laufen, behalten die Einstellungen, mit denen sie angefordert wurden.</translation>
    </message>
    <message>
        <source>Delete profile %1</source>
        <translation>Profil %1 löschen</translation>
    </message>
    <message>
        <source>%1 is deleted; Ctrl+Z takes it back.</source>
        <translation>%1 ist gelöscht; Strg+Z nimmt es zurück.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ProfileFields</name>
    <message>
        <source>Usually %1</source>
        <translation>Sonst %1</translation>
    </message>
    <message>
        <source>Whatever the provider</source>
        <translation>Für jeden Anbieter</translation>
    </message>
    <message>
        <source>For %1</source>
        <translation>Für %1</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ProfilePanel</name>
    <message>
        <source>Nodes of the profile</source>
        <translation>Knoten des Profils</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Get nodes</source>
        <translation>Knoten holen</translation>
    </message>
    <message>
        <source>Give them back</source>
        <translation>Zurückgeben</translation>
    </message>
    <message>
        <source>Profile</source>
        <translation>Profil</translation>
    </message>
    <message>
        <source>What will be done</source>
        <translation>Was getan wird</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>%1 an hour</source>
        <translation>%1 je Stunde</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>%1: %2 wanted</source>
        <translation>%1: %2 gewünscht</translation>
    </message>
    <message>
        <source> (waits: %1)</source>
        <translation> (wartet: %1)</translation>
    </message>
    <message>
        <source>Profiles…</source>
        <translation>Profile…</translation>
    </message>
    <message>
        <source>Nodes of profiles cannot be asked for here.</source>
        <translation>Knoten aus Profilen können hier nicht angefordert werden.</translation>
    </message>
    <message>
        <source>There is no profile yet: make one with the button beside.</source>
        <translation>Es gibt noch kein Profil: der Knopf daneben legt eines an.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::RangeChip</name>
    <message>
        <source>At least</source>
        <translation>Mindestens</translation>
    </message>
    <message>
        <source>At most</source>
        <translation>Höchstens</translation>
    </message>
    <message>
        <source>%1: at least</source>
        <translation>%1: mindestens</translation>
    </message>
    <message>
        <source>%1: at most</source>
        <translation>%1: höchstens</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ReplayCard</name>
    <message>
        <source>Go through a run</source>
        <translation>Einen Lauf durchgehen</translation>
    </message>
    <message>
        <source>Moment of the run</source>
        <translation>Zeitpunkt des Laufs</translation>
    </message>
    <message>
        <source>Choose a run first.</source>
        <translation>Zuerst einen Lauf wählen.</translation>
    </message>
    <message>
        <source>run %1</source>
        <translation>Lauf %1</translation>
    </message>
    <message>
        <source>This run was too short to leave samples.</source>
        <translation>Dieser Lauf war zu kurz für Messpunkte.</translation>
    </message>
    <message>
        <source>This run has left no samples yet.</source>
        <translation>Dieser Lauf hat noch keine Messpunkte.</translation>
    </message>
    <message>
        <source>%1: %2 nodes online, %3 lost, %4 img/s</source>
        <translation>%1: %2 Knoten da, %3 verloren, %4 Bilder/s</translation>
    </message>
    <message>
        <source>%1: %2 node online, %3 lost, %4 img/s</source>
        <translation>%1: %2 Knoten da, %3 verloren, %4 Bilder/s</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ReplayChart</name>
    <message>
        <source>The run&apos;s speed</source>
        <translation>Das Tempo des Laufs</translation>
    </message>
    <message>
        <source>Choose a run, or one of its events, to go through it.</source>
        <translation>Einen Lauf oder eines seiner Ereignisse wählen, um ihn durchzugehen.</translation>
    </message>
    <message>
        <source>%1 img/s</source>
        <translation>%1 Bilder/s</translation>
    </message>
    <message>
        <source>From %1 to %2, at most %3 images per second</source>
        <translation>Von %1 bis %2, höchstens %3 Bilder je Sekunde</translation>
    </message>
    <message>
        <source>%1 lost at %2</source>
        <translation>%1 verloren um %2</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ResultDetail</name>
    <message>
        <source>Select a picture to see where its label comes from.</source>
        <translation>Ein Bild wählen, um zu sehen, woher sein Name kommt.</translation>
    </message>
    <message>
        <source>◀ Previous</source>
        <translation>◀ Zurück</translation>
    </message>
    <message>
        <source>Next ▶</source>
        <translation>Weiter ▶</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>The picture</source>
        <translation>Das Bild</translation>
    </message>
    <message>
        <source>This is the first row.</source>
        <translation>Dies ist die erste Zeile.</translation>
    </message>
    <message>
        <source>This is the last row.</source>
        <translation>Dies ist die letzte Zeile.</translation>
    </message>
    <message>
        <source>item %1, %2 bytes</source>
        <translation>Bild %1, %2 Byte</translation>
    </message>
    <message>
        <source>It has no row yet.</source>
        <translation>Es hat noch keine Zeile.</translation>
    </message>
    <message>
        <source>no picture</source>
        <translation>kein Bild</translation>
    </message>
    <message>
        <source>No label is expected.</source>
        <translation>Kein Name wird erwartet.</translation>
    </message>
    <message>
        <source>Expected &lt;b&gt;%1&lt;/b&gt;, labelled so.</source>
        <translation>Erwartet &lt;b&gt;%1&lt;/b&gt;, so benannt.</translation>
    </message>
    <message>
        <source>Expected &lt;b&gt;%1&lt;/b&gt;, labelled &lt;b&gt;✕ %2&lt;/b&gt;.</source>
        <translation>Erwartet &lt;b&gt;%1&lt;/b&gt;, benannt &lt;b&gt;✕ %2&lt;/b&gt;.</translation>
    </message>
    <message>
        <source>Expected &lt;b&gt;%1&lt;/b&gt;, which is no label of this model.</source>
        <translation>Erwartet &lt;b&gt;%1&lt;/b&gt;, was dieses Modell nicht kennt.</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>synthetic: no inference</source>
        <translation>synthetisch: nichts gerechnet</translation>
    </message>
    <message>
        <source>Backend</source>
        <translation>Rechenwerk</translation>
    </message>
    <message>
        <source>Attempt</source>
        <translation>Versuch</translation>
    </message>
    <message>
        <source>Decode</source>
        <translation>Dekodieren</translation>
    </message>
    <message>
        <source>Inference</source>
        <translation>Rechnen</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>Beendet</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
    <message>
        <source>Previous picture</source>
        <translation>Vorheriges Bild</translation>
    </message>
    <message>
        <source>Next picture</source>
        <translation>Nächstes Bild</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ResultsModel</name>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>Synthetic</source>
        <translation>Synthetisch</translation>
    </message>
    <message>
        <source>Labelled</source>
        <translation>Benannt</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>Richtig</translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation>Falsch</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 ms</translation>
    </message>
    <message>
        <source>being read</source>
        <translation>wird gelesen</translation>
    </message>
    <message>
        <source>Picture of %1</source>
        <translation>Bild von %1</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Item</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Stand</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Expected</source>
        <translation>Erwartet</translation>
    </message>
    <message>
        <source>Right or wrong</source>
        <translation>Richtig oder falsch</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Inference</source>
        <translation>Rechnen</translation>
    </message>
    <message>
        <source>No row passes these filters. Esc takes them away.</source>
        <translation>Keine Zeile passt zu diesen Filtern. Esc hebt sie auf.</translation>
    </message>
    <message>
        <source>No rows yet. They come as soon as nodes have labelled their first pictures.</source>
        <translation>Noch keine Zeilen. Sie kommen, sobald Knoten die ersten Bilder klassifiziert haben.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ResultsPage</name>
    <message>
        <source>Classes</source>
        <translation>Klassen</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>How the results are shown</source>
        <translation>Wie die Ergebnisse gezeigt werden</translation>
    </message>
    <message>
        <source>Grid</source>
        <translation>Raster</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>Tabelle</translation>
    </message>
    <message>
        <source>Matrix</source>
        <translation>Matrix</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>All labels</source>
        <translation>Alle Namen</translation>
    </message>
    <message>
        <source>Expected label</source>
        <translation>Erwarteter Name</translation>
    </message>
    <message>
        <source>Expected: any</source>
        <translation>Erwartet: alle</translation>
    </message>
    <message>
        <source>Right or wrong</source>
        <translation>Richtig oder falsch</translation>
    </message>
    <message>
        <source>Right and wrong</source>
        <translation>Richtig und falsch</translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation>Sicherheit</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>All nodes</source>
        <translation>Alle Knoten</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Stand</translation>
    </message>
    <message>
        <source>Any status</source>
        <translation>Jeder Stand</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>Any precision</source>
        <translation>Jede Präzision</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>All errors</source>
        <translation>Alle Fehler</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Aufheben</translation>
    </message>
    <message>
        <source>Show the newest run</source>
        <translation>Den neuesten Lauf zeigen</translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation>CSV exportieren…</translation>
    </message>
    <message>
        <source>Set up a run</source>
        <translation>Einen Lauf einrichten</translation>
    </message>
    <message>
        <source>Results appear here as soon as a run has labelled its first pictures.</source>
        <translation>Ergebnisse erscheinen hier, sobald ein Lauf seine ersten Bilder benannt hat.</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>Richtig</translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation>Falsch</translation>
    </message>
    <message>
        <source>Labelled</source>
        <translation>Benannt</translation>
    </message>
    <message>
        <source>Let everything through again (Esc)</source>
        <translation>Wieder alles durchlassen (Esc)</translation>
    </message>
    <message>
        <source>This data set has no known labels, so nothing can be compared. This is how sure the model is:</source>
        <translation>Diese Daten haben keine bekannten Namen, also ist nichts zu vergleichen. So sicher ist das Modell:</translation>
    </message>
    <message>
        <source>Classes are compared where the data set says what the pictures are.</source>
        <translation>Klassen werden verglichen, wo die Daten sagen, was die Bilder sind.</translation>
    </message>
    <message>
        <source>No error row: every picture so far has a label.</source>
        <translation>Keine Fehlerzeile: Bisher hat jedes Bild einen Namen.</translation>
    </message>
    <message>
        <source> · %1 new, F5</source>
        <translation> · %1 neue, F5</translation>
    </message>
    <message>
        <source>Export CSV</source>
        <translation>CSV exportieren</translation>
    </message>
    <message>
        <source>CSV files (*.csv)</source>
        <translation>CSV-Dateien (*.csv)</translation>
    </message>
    <message>
        <source>Writing %1 …</source>
        <translation>%1 wird geschrieben …</translation>
    </message>
    <message>
        <source>There are no rows yet.</source>
        <translation>Es gibt noch keine Zeilen.</translation>
    </message>
    <message>
        <source>There is no run yet.</source>
        <translation>Es gibt noch keinen Lauf.</translation>
    </message>
    <message>
        <source> · accuracy %1</source>
        <translation> · Treffer %1</translation>
    </message>
    <message>
        <source> · SYNTHETIC: no inference, the labels mean nothing</source>
        <translation> · SYNTHETISCH: nichts wurde gerechnet, die Namen bedeuten nichts</translation>
    </message>
    <message>
        <source>Results as %1</source>
        <translation>Ergebnisse als %1</translation>
    </message>
    <message>
        <source>Filter: %1</source>
        <translation>Filter: %1</translation>
    </message>
    <message>
        <source>Take all filters away</source>
        <translation>Alle Filter wegnehmen</translation>
    </message>
    <message>
        <source>This view is of the whole run; filters are for the grid and the table.</source>
        <translation>Diese Ansicht zeigt den ganzen Lauf; Filter gelten für Raster und Tabelle.</translation>
    </message>
    <message>
        <source>of the whole run</source>
        <translation>des ganzen Laufs</translation>
    </message>
    <message>
        <source>%1 (filtered) written to %2</source>
        <translation>%1 (gefiltert) geschrieben nach %2</translation>
    </message>
    <message>
        <source>%1 written to %2</source>
        <translation>%1 geschrieben nach %2</translation>
    </message>
    <message>
        <source>%1 shown (filtered)</source>
        <translation>%1 gezeigt (gefiltert)</translation>
    </message>
    <message>
        <source>Run %1 · %2 labelled, %3</source>
        <translation>Lauf %1 · %2 benannt, %3</translation>
    </message>
    <message>
        <source>Run %1</source>
        <translation>Lauf %1</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ResultsTable</name>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::RunHistory</name>
    <message>
        <source>◆ Interrupted</source>
        <translation>◆ Unterbrochen</translation>
    </message>
    <message>
        <source>✓ Finished</source>
        <translation>✓ Fertig</translation>
    </message>
    <message>
        <source>✕ Failed</source>
        <translation>✕ Gescheitert</translation>
    </message>
    <message>
        <source>▼ Stopped</source>
        <translation>▼ Beendet</translation>
    </message>
    <message>
        <source>● Running</source>
        <translation>● Läuft</translation>
    </message>
    <message>
        <source>○ Scanning</source>
        <translation>○ Durchsicht</translation>
    </message>
    <message>
        <source>synthetic</source>
        <translation>synthetisch</translation>
    </message>
    <message>
        <source>%1 %</source>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>Data set</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Treffer</translation>
    </message>
    <message>
        <source>img/s</source>
        <translation>Bilder/s</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>Kosten</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::RunPage</name>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Copy as command</source>
        <translation>Als Befehl kopieren</translation>
    </message>
    <message>
        <source>Latest events</source>
        <translation>Letzte Ereignisse</translation>
    </message>
    <message>
        <source>The same run for a terminal or a script</source>
        <translation>Derselbe Lauf für ein Terminal oder ein Skript</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>Stop run %1</source>
        <translation>Lauf %1 beenden</translation>
    </message>
    <message>
        <source>○ Scanning</source>
        <translation>○ Durchsicht</translation>
    </message>
    <message>
        <source>▼ Paused</source>
        <translation>▼ Angehalten</translation>
    </message>
    <message>
        <source>● Running</source>
        <translation>● Läuft</translation>
    </message>
    <message>
        <source>✓ Finished</source>
        <translation>✓ Fertig</translation>
    </message>
    <message>
        <source>▼ Stopped</source>
        <translation>▼ Beendet</translation>
    </message>
    <message>
        <source>✕ Failed</source>
        <translation>✕ Gescheitert</translation>
    </message>
    <message>
        <source>▲ Waiting</source>
        <translation>▲ Wartet</translation>
    </message>
    <message>
        <source>started %1</source>
        <translation>begonnen %1</translation>
    </message>
    <message>
        <source>no node is online; the run goes on as soon as one is</source>
        <translation>kein Knoten ist da; der Lauf geht weiter, sobald einer da ist</translation>
    </message>
    <message>
        <source> · SYNTHETIC: no inference, the labels mean nothing</source>
        <translation> · SYNTHETISCH: nichts wurde gerechnet, die Namen bedeuten nichts</translation>
    </message>
    <message>
        <source>Run %1</source>
        <translation>Lauf %1</translation>
    </message>
    <message>
        <source>Choose pictures and a model, then start</source>
        <translation>Bilder und ein Modell wählen, dann starten</translation>
    </message>
    <message>
        <source>Drain run %1</source>
        <translation>Lauf %1 leerlaufen lassen</translation>
    </message>
    <message>
        <source>▼ Draining</source>
        <translation>▼ Läuft aus</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::RunProgress</name>
    <message>
        <source>The seal</source>
        <translation>Das Siegel</translation>
    </message>
    <message>
        <source>Confusion</source>
        <translation>Verwechslungen</translation>
    </message>
    <message>
        <source>Just in</source>
        <translation>Gerade eben</translation>
    </message>
    <message>
        <source>each stays until a newer one takes its place</source>
        <translation>jedes bleibt, bis ein neueres seinen Platz nimmt</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>%1 img/s</source>
        <translation>%1 Bilder/s</translation>
    </message>
    <message>
        <source>elapsed %1</source>
        <translation>vergangen %1</translation>
    </message>
    <message>
        <source>ETA %1</source>
        <translation>Rest %1</translation>
    </message>
    <message>
        <source>%1 labelled</source>
        <translation>%1 benannt</translation>
    </message>
    <message>
        <source>%1 running</source>
        <translation>%1 in Arbeit</translation>
    </message>
    <message>
        <source>%1 failed</source>
        <translation>%1 gescheitert</translation>
    </message>
    <message>
        <source>%1 queued</source>
        <translation>%1 wartend</translation>
    </message>
    <message>
        <source>labelled + running + failed + queued = planned</source>
        <translation>benannt + in Arbeit + gescheitert + wartend = geplant</translation>
    </message>
    <message>
        <source>Show results</source>
        <translation>Ergebnisse zeigen</translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation>CSV exportieren…</translation>
    </message>
    <message>
        <source>the data set has no known labels</source>
        <translation>die Daten haben keine bekannten Namen</translation>
    </message>
    <message>
        <source>– img/s</source>
        <translation>– Bilder/s</translation>
    </message>
    <message>
        <source>%1 img/s on average</source>
        <translation>%1 Bilder/s im Mittel</translation>
    </message>
    <message>
        <source>accuracy %1</source>
        <translation>Treffer %1</translation>
    </message>
    <message>
        <source>%1 labelled, %2 running, %3 failed, %4 queued of %5</source>
        <translation>%1 benannt, %2 in Arbeit, %3 gescheitert, %4 wartend von %5</translation>
    </message>
    <message>
        <source>✓ The seal holds</source>
        <translation>✓ Das Siegel hält</translation>
    </message>
    <message>
        <source>✕ The seal is broken</source>
        <translation>✕ Das Siegel ist gebrochen</translation>
    </message>
    <message>
        <source>counted from the database, row by row</source>
        <translation>in der Datenbank gezählt, Zeile für Zeile</translation>
    </message>
    <message>
        <source>✕ The run could not go on</source>
        <translation>✕ Der Lauf konnte nicht weitergehen</translation>
    </message>
    <message>
        <source>%1 of %2 done are stored</source>
        <translation>%1 von %2 fertigen sind gespeichert</translation>
    </message>
    <message>
        <source>▼ Stopped</source>
        <translation>▼ Beendet</translation>
    </message>
    <message>
        <source>What is done is kept. Resume goes on with the other %1.</source>
        <translation>Was fertig ist, bleibt. Wiederaufnehmen macht mit den anderen %1 weiter.</translation>
    </message>
    <message>
        <source>Checking the seal</source>
        <translation>Das Siegel wird geprüft</translation>
    </message>
    <message>
        <source>The rows are being counted in the database.</source>
        <translation>Die Zeilen werden in der Datenbank gezählt.</translation>
    </message>
    <message>
        <source>SYNTHETIC: no inference took place, the labels mean nothing.</source>
        <translation>SYNTHETISCH: Nichts wurde gerechnet, die Namen bedeuten nichts.</translation>
    </message>
    <message>
        <source>what each did in the last minute: a full bar works, a thin line waits, hatched is late, held or lost</source>
        <translation>was jeder in der letzten Minute tat: ein voller Balken arbeitet, eine dünne Linie wartet, schraffiert ist überfällig, angehalten oder verloren</translation>
    </message>
    <message>
        <source>Given out again after a loss: %1; late duplicates refused: %2.</source>
        <translation>Nach einem Verlust neu vergeben: %1; späte Doppelte abgewiesen: %2.</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>die neuesten</translation>
    </message>
    <message>
        <source>the last minute</source>
        <translation>die letzte Minute</translation>
    </message>
    <message>
        <source>%1 so far; accuracy %2</source>
        <translation>bisher %1; Treffer %2</translation>
    </message>
    <message>
        <source>%1 compared; accuracy %2</source>
        <translation>%1 verglichen; Treffer %2</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::RunSetUp</name>
    <message>
        <source>Set-up</source>
        <translation>Einrichtung</translation>
    </message>
    <message>
        <source>Nodes to use</source>
        <translation>Knoten im Einsatz</translation>
    </message>
    <message>
        <source>all</source>
        <translation>alle</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Wiederaufnehmen</translation>
    </message>
    <message>
        <source>Choose a model directory</source>
        <translation>Ein Modellverzeichnis wählen</translation>
    </message>
    <message>
        <source>Folder of pictures</source>
        <translation>Ordner mit Bildern</translation>
    </message>
    <message>
        <source>Hugging Face model directory</source>
        <translation>Modellverzeichnis von Hugging Face</translation>
    </message>
    <message>
        <source>Data set</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>How many of the nodes at hand the run uses; it can be changed while the run goes</source>
        <translation>Wie viele der vorhandenen Knoten der Lauf einsetzt; es lässt sich ändern, während er geht</translation>
    </message>
    <message>
        <source>%1 so far</source>
        <translation>%1 bisher</translation>
    </message>
    <message>
        <source>%1 that cannot be read</source>
        <translation>%1 nicht lesbar</translation>
    </message>
    <message>
        <source>Manifest (CSV) or IDX images file</source>
        <translation>Liste (CSV) oder IDX-Bilderdatei</translation>
    </message>
    <message>
        <source>A folder, a CSV manifest or an IDX images file; drop it here</source>
        <translation>Ein Ordner, eine CSV-Liste oder eine IDX-Bilderdatei; hier ablegen</translation>
    </message>
    <message>
        <source>A directory with config.json and model.safetensors</source>
        <translation>Ein Verzeichnis mit config.json und model.safetensors</translation>
    </message>
    <message>
        <source>Use all nodes</source>
        <translation>Alle Knoten einsetzen</translation>
    </message>
    <message>
        <source>The run uses this number of nodes already.</source>
        <translation>Der Lauf setzt schon so viele Knoten ein.</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Startet…</translation>
    </message>
    <message>
        <source>The run is being set up.</source>
        <translation>Der Lauf wird eingerichtet.</translation>
    </message>
    <message>
        <source>Choose a data set and a model first.</source>
        <translation>Zuerst Daten und ein Modell wählen.</translation>
    </message>
    <message>
        <source>Resume run %1</source>
        <translation>Lauf %1 wiederaufnehmen</translation>
    </message>
    <message>
        <source>No run is going.</source>
        <translation>Kein Lauf ist im Gang.</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Choose a data set</source>
        <translation>Datensatz wählen</translation>
    </message>
    <message>
        <source>Folder of pictures…</source>
        <translation>Ordner mit Bildern…</translation>
    </message>
    <message>
        <source>Manifest or IDX file…</source>
        <translation>Manifest oder IDX-Datei…</translation>
    </message>
    <message>
        <source>Model directory…</source>
        <translation>Modellverzeichnis…</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Präzision</translation>
    </message>
    <message>
        <source>the reference, nothing to compare</source>
        <translation>die Referenz, nichts zu vergleichen</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>Leerlaufen</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>Choose pictures</source>
        <translation>Bilder wählen</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>Ein Modell wählen</translation>
    </message>
    <message>
        <source>As in the run that this one is set up like; without the tick it labels all of them</source>
        <translation>Wie in dem Lauf, nach dem dieser eingerichtet ist; ohne das Häkchen benennt er alle</translation>
    </message>
    <message>
        <source>It ends once nodes have finished what they hold.</source>
        <translation>Er endet, sobald die Knoten fertig haben, was sie halten.</translation>
    </message>
    <message>
        <source>Nodes finish what they hold, then the run stops</source>
        <translation>Die Knoten machen fertig, was sie halten, dann endet der Lauf</translation>
    </message>
    <message>
        <source>Now: what nodes hold goes back to the queue</source>
        <translation>Sofort: was die Knoten halten, kommt zurück in die Warteschlange</translation>
    </message>
    <message>
        <source>The predicted time for 1, 2, … nodes appears here once a node has been measured with this model.</source>
        <translation>Die vorausgesagte Zeit für 1, 2, … Knoten erscheint hier, sobald ein Knoten mit diesem Modell gemessen ist.</translation>
    </message>
    <message>
        <source>Change to %1</source>
        <translation>Auf %1 ändern</translation>
    </message>
    <message>
        <source>more than %1</source>
        <translation>mehr als %1</translation>
    </message>
    <message>
        <source>Only the first picture</source>
        <translation>Nur das erste Bild</translation>
    </message>
    <message>
        <source>Only the first %1</source>
        <translation>Nur die ersten %1</translation>
    </message>
    <message>
        <source>1 node</source>
        <translation>1 Knoten</translation>
    </message>
    <message>
        <source>%1 nodes</source>
        <translation>%1 Knoten</translation>
    </message>
    <message>
        <source>%1 of %2 measured nodes</source>
        <translation>%1 von %2 gemessenen Knoten</translation>
    </message>
    <message>
        <source>predicted %1</source>
        <translation>vorhergesagt %1</translation>
    </message>
    <message>
        <source>predicted %1 for the rest</source>
        <translation>vorhergesagt %1 für den Rest</translation>
    </message>
    <message>
        <source>start-up %1</source>
        <translation>Anlauf %1</translation>
    </message>
    <message>
        <source>Run %1: %2 on 1 node</source>
        <translation>Lauf %1: %2 auf 1 Knoten</translation>
    </message>
    <message>
        <source>Run %1: %2 on %3 nodes</source>
        <translation>Lauf %1: %2 auf %3 Knoten</translation>
    </message>
    <message>
        <source>The predicted time and cost for 1, 2, … nodes appear here once a run with this profile and this model has finished.</source>
        <translation>Die vorhergesagte Zeit und die Kosten für 1, 2, … Knoten erscheinen hier, sobald ein Lauf mit diesem Profil und diesem Modell fertig ist.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ScaleOutBenchmark</name>
    <message>
        <source>Stopped; the runs that were finished are in the history.</source>
        <translation>Beendet; die fertigen Läufe stehen im Verlauf.</translation>
    </message>
    <message>
        <source>Done: the same pictures on %1 numbers of nodes.</source>
        <translation>Fertig: dieselben Bilder mit %1 Knotenzahlen.</translation>
    </message>
    <message>
        <source>Ended with run %1, which did not finish.</source>
        <translation>Endete mit Lauf %1, der nicht fertig wurde.</translation>
    </message>
    <message>
        <source>%1: others are online, too; remove them, for they would be measured</source>
        <translation>%1: auch andere sind online; entfernen Sie sie, sonst würden sie mitgemessen</translation>
    </message>
    <message>
        <source>%1: %2 of them are there</source>
        <translation>%1: %2 davon sind da</translation>
    </message>
    <message>
        <source>Run %1 of %2, on %3</source>
        <translation>Lauf %1 von %2, mit %3</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ScaleOutCard</name>
    <message>
        <source>Scale-out benchmark</source>
        <translation>Skalierungsmessung</translation>
    </message>
    <message>
        <source>Start benchmark</source>
        <translation>Messung starten</translation>
    </message>
    <message>
        <source>Pictures of %1, with %2.</source>
        <translation>Bilder von %1, mit %2.</translation>
    </message>
    <message>
        <source>Stop benchmark</source>
        <translation>Messung beenden</translation>
    </message>
    <message>
        <source>Choose a data set and a model on the Run page first.</source>
        <translation>Zuerst auf der Seite Lauf Daten und ein Modell wählen.</translation>
    </message>
    <message>
        <source>A run is going.</source>
        <translation>Ein Lauf ist im Gang.</translation>
    </message>
    <message>
        <source>It needs two nodes that are online.</source>
        <translation>Dazu müssen zwei Knoten da sein.</translation>
    </message>
    <message>
        <source>On %1 nodes, one after the other.</source>
        <translation>Auf %1 Knoten, nacheinander.</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Speed-up</source>
        <translation>Beschleunigung</translation>
    </message>
    <message>
        <source>Efficiency</source>
        <translation>Wirkungsgrad</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>Choose a data set and a model on the Run page first: both are measured as set up there.</source>
        <translation>Zuerst auf der Seite Lauf Datensatz und Modell wählen: beide werden so gemessen, wie dort eingestellt.</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Speichern…</translation>
    </message>
    <message>
        <source>Nodes of the benchmark</source>
        <translation>Knoten der Messung</translation>
    </message>
    <message>
        <source>The most nodes of the benchmark</source>
        <translation>Höchste Zahl der Knoten der Messung</translation>
    </message>
    <message>
        <source>the same run on 1, 2, 4, 8, 10 … nodes, each a run in the history</source>
        <translation>derselbe Lauf auf 1, 2, 4, 8, 10 … Knoten, jeder ein Lauf im Verlauf</translation>
    </message>
    <message>
        <source>Nodes at hand</source>
        <translation>Vorhandene Knoten</translation>
    </message>
    <message>
        <source>The profile is asked for as many at most, and gets back at the end what the benchmark has brought up</source>
        <translation>Das Profil wird um höchstens so viele gebeten und bekommt am Ende zurück, was die Messung geholt hat</translation>
    </message>
    <message>
        <source>The table as scaleout.csv and a drawing as scaleout.svg</source>
        <translation>Die Tabelle als scaleout.csv und eine Zeichnung als scaleout.svg</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>A folder for scaleout.csv and scaleout.svg</source>
        <translation>Ein Ordner für scaleout.csv und scaleout.svg</translation>
    </message>
    <message>
        <source>scaleout.csv and scaleout.svg written to %1</source>
        <translation>scaleout.csv und scaleout.svg nach %1 geschrieben</translation>
    </message>
    <message>
        <source>The benchmark is running.</source>
        <translation>Die Messung läuft.</translation>
    </message>
    <message>
        <source>There is no profile for other machines yet.</source>
        <translation>Es gibt noch kein Profil für andere Maschinen.</translation>
    </message>
    <message>
        <source>Save the scale-out benchmark</source>
        <translation>Messung der Skalierung speichern</translation>
    </message>
    <message>
        <source>Nothing has been measured yet</source>
        <translation>Noch ist nichts gemessen</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Start</translation>
    </message>
    <message>
        <source>img/s</source>
        <translation>Bilder/s</translation>
    </message>
    <message>
        <source>Tail</source>
        <translation>Ende</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Published: 34,742 images with ViT on Databricks. Hugging Face on one node: CPU 1,233 s, T4 GPU 659 s; Spark NLP on 1 to 10 nodes: CPU 1,072 to 112 s, T4 GPU 435 to 50 s; all against Spark NLP on one node. Other hardware and other models: only the shapes can be compared.</source>
        <translation>Veröffentlicht: 34.742 Bilder mit ViT auf Databricks. Hugging Face auf einem Knoten: CPU 1.233 s, T4-GPU 659 s; Spark NLP auf 1 bis 10 Knoten: CPU 1.072 bis 112 s, T4-GPU 435 bis 50 s; alle gegen Spark NLP auf einem Knoten. Andere Hardware und andere Modelle: Nur die Verläufe lassen sich vergleichen.</translation>
    </message>
    <message>
        <source>Databricks, CPU</source>
        <translation>Databricks, CPU</translation>
    </message>
    <message>
        <source>Databricks, T4</source>
        <translation>Databricks, T4</translation>
    </message>
    <message>
        <source>1, Hugging Face</source>
        <translation>1, Hugging Face</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ScoreHistogram</name>
    <message>
        <source>Rows by their best score</source>
        <translation>Zeilen nach ihrem besten Wert</translation>
    </message>
    <message>
        <source>from %1: %2</source>
        <translation>ab %1: %2</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::SegmentBar</name>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>The settings file could not be read. It was put aside, and everything is as on the first day.</source>
        <translation>Die Datei der Einstellungen war nicht lesbar. Sie liegt beiseite, und alles ist wie am ersten Tag.</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Layout as on the first day</source>
        <translation>Anordnung wie am ersten Tag</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>Nachrichten</translation>
    </message>
    <message>
        <source>while the window is not in front; one for many of a kind</source>
        <translation>während das Fenster nicht vorn ist; eine für viele gleiche</translation>
    </message>
    <message>
        <source>A run has ended</source>
        <translation>Ein Lauf ist zu Ende</translation>
    </message>
    <message>
        <source>Nodes are lost</source>
        <translation>Knoten gehen verloren</translation>
    </message>
    <message>
        <source>The database cannot be written</source>
        <translation>Die Datenbank ist nicht zu beschreiben</translation>
    </message>
    <message>
        <source>Storage and export</source>
        <translation>Ablage und Export</translation>
    </message>
    <message>
        <source>Database</source>
        <translation>Datenbank</translation>
    </message>
    <message>
        <source>These settings</source>
        <translation>Diese Einstellungen</translation>
    </message>
    <message>
        <source>CSV begins with a byte order mark, for spreadsheets</source>
        <translation>CSV mit Byte-Reihenfolge-Marke, für Tabellen</translation>
    </message>
    <message>
        <source>CSV is separated by ; and not by ,</source>
        <translation>CSV ist mit ; getrennt statt mit ,</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>press other keys in a field; Backspace for none</source>
        <translation>in einem Feld andere Tasten drücken; Rücktaste für keine</translation>
    </message>
    <message>
        <source>Keys of %1</source>
        <translation>Tasten für %1</translation>
    </message>
    <message>
        <source>Another action has %1.</source>
        <translation>Eine andere Aktion hat %1.</translation>
    </message>
    <message>
        <source>Shortcuts as on the first day</source>
        <translation>Tasten wie am ersten Tag</translation>
    </message>
    <message>
        <source>Runs and nodes</source>
        <translation>Läufe und Knoten</translation>
    </message>
    <message>
        <source>Agreement that a reduced precision needs</source>
        <translation>Übereinstimmung, die eine verringerte Präzision braucht</translation>
    </message>
    <message>
        <source>Of the sample&apos;s pictures; below it a run stays in fp32</source>
        <translation>Von den Bildern der Stichprobe; darunter bleibt ein Lauf bei fp32</translation>
    </message>
    <message>
        <source>Agreement with fp32</source>
        <translation>Übereinstimmung mit fp32</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 s</translation>
    </message>
    <message>
        <source>A node is suspect %1 s after its last heartbeat, and is lost after %2 s (%3 s while bytes are on their way to it); its pictures go to others. What concerns pictures holds from the next run on.</source>
        <translation>Ein Knoten ist %1 s nach seinem letzten Herzschlag verdächtig und nach %2 s verloren (%3 s, solange Bytes zu ihm unterwegs sind); seine Bilder gehen an andere. Was Bilder betrifft, gilt ab dem nächsten Lauf.</translation>
    </message>
    <message>
        <source>1 node</source>
        <translation>1 Knoten</translation>
    </message>
    <message>
        <source>%1 nodes</source>
        <translation>%1 Knoten</translation>
    </message>
    <message>
        <source>1 error</source>
        <translation>1 Fehler</translation>
    </message>
    <message>
        <source>%1 errors in a row</source>
        <translation>%1 Fehlern hintereinander</translation>
    </message>
    <message>
        <source>A silent node is lost after</source>
        <translation>Ein stummer Knoten ist verloren nach</translation>
    </message>
    <message>
        <source>Longer for a network that stutters; its pictures wait so much longer for another node</source>
        <translation>Länger für ein Netz, das stottert; um so viel länger warten seine Bilder auf einen anderen Knoten</translation>
    </message>
    <message>
        <source>A picture may fail on</source>
        <translation>Ein Bild darf scheitern auf</translation>
    </message>
    <message>
        <source>Then it is an error row with what each of them said</source>
        <translation>Dann ist es eine Fehlerzeile mit dem, was jeder von ihnen sagte</translation>
    </message>
    <message>
        <source>A node is set aside after</source>
        <translation>Ein Knoten wird beiseitegestellt nach</translation>
    </message>
    <message>
        <source>For half a minute, in which it gets no work</source>
        <translation>Für eine halbe Minute, in der er keine Arbeit bekommt</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programm</translation>
    </message>
    <message>
        <source>Another language from the next start on.</source>
        <translation>Eine andere Sprache ab dem nächsten Start.</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ShortcutEdit</name>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Press the new keys, with Ctrl, Alt or Meta, or an F key; Backspace for none</source>
        <translation>Die neuen Tasten drücken, mit Strg, Alt oder Meta, oder eine F-Taste; Rücktaste für keine</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::SpeedUpChart</name>
    <message>
        <source>Speed-up by the number of nodes</source>
        <translation>Beschleunigung je nach Zahl der Knoten</translation>
    </message>
    <message>
        <source>Nothing has been measured yet</source>
        <translation>Noch ist nichts gemessen</translation>
    </message>
    <message>
        <source>nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>linear</source>
        <translation>geradlinig</translation>
    </message>
    <message>
        <source>measured here</source>
        <translation>hier gemessen</translation>
    </message>
    <message>
        <source>%1: %2 times as fast</source>
        <translation>%1: %2-mal so schnell</translation>
    </message>
    <message>
        <source>; %1: Spark NLP %2 times as fast with %3, Hugging Face %4 times with one</source>
        <translation>; %1: Spark NLP %2-mal so schnell mit %3, Hugging Face %4-mal mit einem</translation>
    </message>
    <message>
        <source>Hugging Face: %1</source>
        <translation>Hugging Face: %1</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::StartProblem</name>
    <message>
        <source>VitFleet</source>
        <translation>VitFleet</translation>
    </message>
    <message>
        <source>VitFleet cannot start</source>
        <translation>VitFleet kann nicht starten</translation>
    </message>
    <message>
        <source>Go to the window that is open already, close it, or start this one with --db FILE.</source>
        <translation>Gehen Sie zu dem Fenster, das schon offen ist, schließen Sie es, oder starten Sie dieses mit --db DATEI.</translation>
    </message>
    <message>
        <source>%1 · database %2</source>
        <translation>%1 · Datenbank %2</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::StatusBar</name>
    <message>
        <source>ETA</source>
        <translation>Restzeit</translation>
    </message>
    <message>
        <source>of %1 done</source>
        <translation>von %1 fertig</translation>
    </message>
    <message>
        <source>Ctrl+Z</source>
        <translation>Strg+Z</translation>
    </message>
    <message>
        <source>nodes online</source>
        <translation>Knoten da</translation>
    </message>
    <message>
        <source>img/s</source>
        <translation>Bilder/s</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>Undo: %1 (%2 s)</source>
        <translation>Rückgängig: %1 (%2 s)</translation>
    </message>
    <message>
        <source>Undo: %1</source>
        <translation>Rückgängig: %1</translation>
    </message>
    <message>
        <source>no data yet</source>
        <translation>noch keine Daten</translation>
    </message>
    <message>
        <source>data %1 s old</source>
        <translation>Daten %1 s alt</translation>
    </message>
    <message>
        <source>node online</source>
        <translation>Knoten da</translation>
    </message>
    <message>
        <source>%1, %2 lost</source>
        <translation>%1, %2 verloren</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::Stepper</name>
    <message>
        <source>%1: fewer</source>
        <translation>%1: weniger</translation>
    </message>
    <message>
        <source>%1: more</source>
        <translation>%1: mehr</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ThroughputChart</name>
    <message>
        <source>Throughput</source>
        <translation>Durchsatz</translation>
    </message>
    <message>
        <source>%1 images per second now, at most %2</source>
        <translation>%1 Bilder je Sekunde jetzt, höchstens %2</translation>
    </message>
    <message>
        <source>The run has ended; at most %1 images per second</source>
        <translation>Der Lauf ist zu Ende; höchstens %1 Bilder je Sekunde</translation>
    </message>
    <message>
        <source>%1 lost</source>
        <translation>%1 verloren</translation>
    </message>
    <message>
        <source>%1 back</source>
        <translation>%1 zurück</translation>
    </message>
    <message>
        <source>%1 joined</source>
        <translation>%1 dazugekommen</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>goes on</source>
        <translation>geht weiter</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>beendet</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>%1 gegangen</translation>
    </message>
    <message>
        <source>%1 draining</source>
        <translation>%1 läuft leer</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>end</source>
        <translation>Ende</translation>
    </message>
    <message>
        <source>The curve begins with the next run.</source>
        <translation>Die Kurve beginnt mit dem nächsten Lauf.</translation>
    </message>
    <message>
        <source>all nodes used</source>
        <translation>alle Knoten genutzt</translation>
    </message>
    <message>
        <source>%1 used</source>
        <translation>%1 genutzt</translation>
    </message>
    <message>
        <source>%1 and %2 more</source>
        <translation>%1 und %2 weitere</translation>
    </message>
    <message>
        <source>eight tenths of the nodes between %1 and %2, the middle one at %3</source>
        <translation>acht Zehntel der Knoten zwischen %1 und %2, der mittlere bei %3</translation>
    </message>
    <message>
        <source>%1 far below</source>
        <translation>%1 weit darunter</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::ThumbGrid</name>
    <message>
        <source>Results as pictures</source>
        <translation>Ergebnisse als Bilder</translation>
    </message>
</context>
<context>
    <name>vitfleet::app::TopBars</name>
    <message>
        <source>The best labels</source>
        <translation>Die besten Namen</translation>
    </message>
</context>
</TS>
