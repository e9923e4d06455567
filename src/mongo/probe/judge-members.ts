/** From what each host said to what the deployment is, and whether the driver will find its primary. Pure. */
import type { Topology } from "../../model/facts.ts";
import {
  type ConnectivityFailure,
  directToSecondary,
  membersUnreachable,
  mostTelling,
  noPrimary,
  notAReplicaSet,
  notInitiated,
  severalReplicaSets,
  wrongReplicaSet,
} from "./connectivity-failure.ts";
import type { HostReport } from "./probe-host.ts";
import { checkWireVersion } from "./supported-version.ts";

export type AnsweringHost = Extract<HostReport, { failure: null }>;

/** The part of a connection's options that decides which member is used. */
export interface MemberChoice {
  readonly isDirect: boolean;
  /** The name the connection insists on; null takes any. */
  readonly replicaSet: string | null;
}

export interface Judgement {
  readonly topology: Topology;
  /** The primary, or the first mongos. */
  readonly chosen: AnsweringHost;
}

/** Members that the hosts name and that were not probed yet; none on a direct connection, which stays where it is. */
export function unprobedMembers(reports: readonly HostReport[], choice: MemberChoice): string[] {
  if (choice.isDirect) return [];
  const probed = new Set(reports.map(({ host }) => host.toLowerCase()));
  return announcedMembers(reports).filter((member) => !probed.has(member.toLowerCase()));
}

/** The steps topology, primary and version, in this order. One host that fails is no failure while the others serve. */
export function judgeMembers(
  reports: readonly HostReport[],
  choice: MemberChoice,
): Judgement | ConnectivityFailure {
  const answering = reports.filter((report) => report.failure === null);
  const [first] = answering;
  if (first === undefined) return everyHostFailed(reports);
  const found = findServing(reports, answering, first, choice);
  if ("code" in found) return found;
  return checkWireVersion(found.chosen.host, found.chosen.hello.maxWireVersion) ?? found;
}

function everyHostFailed(reports: readonly HostReport[]): ConnectivityFailure {
  const [first, ...rest] = reports.flatMap(({ failure }) => failure ?? []);
  if (first === undefined) return noPrimary([], []);
  return mostTelling([first, ...rest]);
}

function findServing(
  reports: readonly HostReport[],
  answering: readonly AnsweringHost[],
  first: AnsweringHost,
  choice: MemberChoice,
): Judgement | ConnectivityFailure {
  const mongos = answering.find(({ hello }) => hello.isMongos);
  if (mongos !== undefined) return { topology: "sharded", chosen: mongos };
  const members = answering.filter(({ hello }) => hello.setName !== null);
  if (members.length === 0) {
    const isUninitiated = answering.some(({ hello }) => hello.isUninitiated);
    return isUninitiated ? notInitiated(first.host) : notAReplicaSet(first.host);
  }
  const wanted = members.filter(
    ({ hello }) => choice.replicaSet === null || hello.setName === choice.replicaSet,
  );
  const names = new Set(members.map(({ hello }) => hello.setName ?? ""));
  if (choice.replicaSet === null && names.size > 1) {
    return severalReplicaSets(hostsOf(members), [...names]);
  }
  const [stranger] = members;
  if (wanted.length === 0 && stranger !== undefined && choice.replicaSet !== null) {
    return wrongReplicaSet(stranger.host, stranger.hello.setName ?? "", choice.replicaSet);
  }
  return findPrimary(reports, wanted, choice);
}

function findPrimary(
  reports: readonly HostReport[],
  members: readonly AnsweringHost[],
  choice: MemberChoice,
): Judgement | ConnectivityFailure {
  const primaries = members.filter(({ hello }) => hello.isPrimary);
  const [anyPrimary] = primaries;
  if (choice.isDirect) {
    return anyPrimary === undefined
      ? directToSecondary(hostsOf(members).join(", "))
      : { topology: "replica-set", chosen: anyPrimary };
  }
  const announced = new Set(announcedMembers(members).map((member) => member.toLowerCase()));
  const usable = primaries.find(({ host }) => announced.has(host.toLowerCase()));
  if (usable !== undefined) return { topology: "replica-set", chosen: usable };
  const failed = reports.filter(({ failure }) => failure !== null);
  const [reason, ...more] = failed
    .filter(({ host }) => announced.has(host.toLowerCase()))
    .flatMap(({ failure }) => failure ?? []);
  const isHeardUnderItsName = members.some(({ host }) => announced.has(host.toLowerCase()));
  if (reason !== undefined && (anyPrimary !== undefined || !isHeardUnderItsName)) {
    return membersUnreachable([...announced], mostTelling([reason, ...more]));
  }
  return noPrimary(hostsOf(members), hostsOf(failed));
}

function announcedMembers(reports: readonly HostReport[]): string[] {
  return [...new Set(reports.flatMap(({ hello }) => hello?.members ?? []))];
}

function hostsOf(reports: readonly HostReport[]): string[] {
  return reports.map(({ host }) => host);
}
