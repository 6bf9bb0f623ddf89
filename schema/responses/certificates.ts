/** The shapes of the certificates of a cluster. */
import * as z from 'zod';

export const certificate = z
  .object({
    machine: z.string().nullable().meta({ description: '`null`: it is in the kubeconfig that is kept' }),
    path: z.string().meta({ description: 'Of the file on the machine, or what the API there serves' }),
    subject: z.string(),
    isAuthority: z.boolean(),
    endsAt: z.iso.datetime(),
    daysLeft: z.int().meta({ description: 'Negative when it is over' }),
    advice: z
      .string()
      .nullable()
      .meta({ description: 'What a person has to do: authorities that end soon are never renewed silently' }),
  })
  .meta({ id: 'Certificate' });

export const certificateList = z
  .object({
    cluster: z.string(),
    readAt: z.iso.datetime().nullable().meta({ description: '`null`: they were not read yet' }),
    items: z.array(certificate).meta({ description: 'What ends first comes first' }),
    unread: z
      .array(z.object({ machine: z.string(), reason: z.string() }))
      .meta({ description: 'Machines whose certificates could not be read' }),
  })
  .meta({ id: 'CertificateList' });
export type CertificateListView = z.infer<typeof certificateList>;
