import { describe, expect, test } from '@jest/globals';
import { Faults } from '../../../lab/faults.js';
import { createLabKubernetes, type ControlPlaneOptions } from '../../../lab/kubernetes/lab-kubernetes.js';
import { Latency } from '../../../lab/latency.js';
import { LabState } from '../../../lab/state.js';

const OPTIONS: ControlPlaneOptions = {
  distribution: 'k3s',
  version: 'v1.32.0+k3s1',
  podCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  clusterDomain: 'cluster.local',
  components: [],
};

function aLab() {
  return createLabKubernetes({
    state: new LabState(null),
    faults: new Faults(),
    latency: new Latency({ speed: 0, seed: 1 }),
  });
}

describe('the control planes of the lab', () => {
  test('are opened once, even by two servers at the same time', async () => {
    const lab = aLab();

    const [one, two] = await Promise.all([lab.open('edge', OPTIONS), lab.open('edge', OPTIONS)]);
    const found = lab.find('edge');
    await lab.close();

    expect(one).toBe(two);
    expect(found).toBe(one);
  });

  test('have a CA of their own each', async () => {
    const lab = aLab();

    const [one, two] = await Promise.all([lab.open('one', OPTIONS), lab.open('two', OPTIONS)]);
    await lab.close();

    expect(one.caHash).not.toBe(two.caHash);
  });

  test('are gone once they are removed', async () => {
    const lab = aLab();
    const first = await lab.open('edge', OPTIONS);

    await lab.remove('edge');
    const found = lab.find('edge');
    const second = await lab.open('edge', OPTIONS);
    await lab.close();

    expect(found).toBeUndefined();
    expect(second.caHash).not.toBe(first.caHash);
  });

  test('do not start on a network that is none, and can be opened rightly after that', async () => {
    const lab = aLab();

    await expect(lab.open('edge', { ...OPTIONS, podCidr: 'nonsense' })).rejects.toThrow('nonsense');
    const plane = await lab.open('edge', OPTIONS);
    await lab.close();

    expect(plane.nodeNames()).toEqual([]);
  });
});
